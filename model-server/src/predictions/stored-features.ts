import type { Datatype } from '../tensors/datatype';
import type { LoggedModel } from './records';

/** The smallest array column that keeps values of a datatype without loss. */
export type StoredIn = 'reals' | 'doubles' | 'texts';

const STORED_IN: Readonly<Record<Datatype, StoredIn>> = {
  BOOL: 'reals',
  UINT8: 'reals',
  UINT16: 'reals',
  INT8: 'reals',
  INT16: 'reals',
  FP32: 'reals',
  UINT32: 'doubles',
  INT32: 'doubles',
  FP64: 'doubles',
  // As digits: doubles are inexact beyond 2^53.
  UINT64: 'texts',
  INT64: 'texts',
  BYTES: 'texts',
};

/** Where a feature of a model version is in its stored predictions. Stored next to them as JSON. */
export interface StoredFeature {
  readonly name: string;
  readonly datatype: Datatype;
  readonly stored_in: StoredIn;
  /** Position in the array, from 1 as PostgreSQL counts. */
  readonly slot: number;
  /** The categories, which are stored as positions in this list. */
  readonly categories?: readonly string[];
}

/** One per column of the model, in order. */
export function storedFeatures({ metadata }: LoggedModel): StoredFeature[] {
  const used: Record<StoredIn, number> = { reals: 0, doubles: 0, texts: 0 };
  return metadata.inputs.flatMap(({ datatype, features }) =>
    features.map((feature) => {
      const storedIn = STORED_IN[datatype];
      const stored = { name: feature.name, datatype, stored_in: storedIn, slot: ++used[storedIn] };
      return feature.type === 'category' ? { ...stored, categories: feature.categories } : stored;
    }),
  );
}
