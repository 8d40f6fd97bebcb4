import { show } from '../errors';
import type { MetadataReader } from './metadata-reader';

interface Column {
  readonly name: string;
  /** For the reader of the API's documentation. */
  readonly description?: string;
  /** Whether the column may hold null (missing; NaN in the tensor). */
  readonly nullable: boolean;
}

export interface NumberFeature extends Column {
  readonly type: 'number';
  /** -Infinity where unbounded. */
  readonly min: number;
  /** Infinity where unbounded. */
  readonly max: number;
  readonly integer: boolean;
}

/** A category is sent as its position in `categories`. */
export interface CategoryFeature extends Column {
  readonly type: 'category';
  readonly categories: readonly string[];
}

export type Feature = NumberFeature | CategoryFeature;

const KEYS = {
  number: ['name', 'type', 'nullable', 'description', 'min', 'max', 'integer'],
  category: ['name', 'type', 'nullable', 'description', 'categories'],
};

/** Reads the `features` of a model.json. @throws {StartError} `metadata-invalid` */
export function readFeatures(readers: readonly MetadataReader[]): Feature[] {
  const seen = new Set<string>();
  return readers.map((reader) => {
    const feature = readFeature(reader);
    if (seen.has(feature.name))
      throw reader.invalid('name', show(feature.name), 'a name that no other feature has');
    seen.add(feature.name);
    return feature;
  });
}

function readFeature(reader: MetadataReader): Feature {
  const name = reader.string('name', /^\S{1,128}$/, 'a feature name without spaces');
  const type = reader.string('type', /^(number|category)$/, '"number" or "category"') as Feature['type'];
  const known = KEYS[type];
  for (const key of reader.keys())
    if (!known.includes(key)) throw reader.invalid(key, 'an unknown key', `one of ${known.join(', ')}`);
  const nullable = reader.boolean('nullable', false);
  const column = reader.has('description')
    ? { name, nullable, description: reader.string('description') }
    : { name, nullable };
  if (type === 'category') return { ...column, type, categories: readCategories(reader) };
  const min = reader.bound('min', -Infinity);
  const max = reader.bound('max', Infinity);
  if (min > max) throw reader.invalid('min', show(min), `at most max (${max})`);
  return { ...column, type, min, max, integer: reader.boolean('integer', false) };
}

function readCategories(reader: MetadataReader): string[] {
  const categories = reader.array('categories');
  if (
    categories.length === 0 ||
    !categories.every((category): category is string => typeof category === 'string') ||
    new Set(categories).size !== categories.length
  )
    throw reader.invalid('categories', show(categories), 'at least one text, no text twice');
  return [...categories];
}
