import { join } from 'node:path';

import { LARGE, LARGE_BODIES, MIDDLING } from './inputs';
import type { Load } from './load';
import type { Plan } from './plan';
import { INFER_PATH } from './requests';
import type { Peer } from './servers/peer';

export type MeasureId = 'single' | 'open' | 'batch64' | 'batch1024' | 'binary1024' | 'unmixed' | 'mixed';

/** What is sent in one slice. */
export interface Slice {
  readonly load: Load;
  /** Sent beside it, not measured. */
  readonly beside?: Load;
}

export interface Measure {
  readonly id: MeasureId;
  /** Rows per request. */
  readonly rows: number;
  /** Whether it is asked of a server. */
  applies(peer: Peer): boolean;
  /** @param base URL of the server */
  slice(base: string, rotation: number): Slice;
}

/** What the files of request bodies hold. */
export interface Bodies {
  /** Folder of the finished request bodies. */
  readonly folder: string;
  /** Length of the JSON header of the binary bodies. */
  readonly headerLength: number;
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const CONNECTIONS = 32;
const BATCH_CONNECTIONS = 4;
/** Few, so that the first requests, which wait for their connection, are less than one in a hundred of a slice. */
const OPEN_CONNECTIONS = 8;
const RATE = 500;
/** A large batch every 250 ms. */
const BATCH_RATE = 4;

const everybody = () => true;
/** The mixed load is asked of our server, and of the limit for comparison. */
const ownAndLimit = ({ id }: Peer) => id === 'own' || id === 'rust';

/** All measures of a rotation. */
export function measures({ slice }: Plan, { folder, headerLength }: Bodies): readonly Measure[] {
  const to = (base: string) => ({ url: `${base}${INFER_PATH}`, headers: JSON_HEADERS });
  const lines = (name: string) => ({ lines: join(folder, name) });
  const closed = (base: string): Load => ({
    ...to(base),
    body: lines('single.jsonl'),
    connections: CONNECTIONS,
    amount: { seconds: slice.closedLoop },
  });
  const open = (base: string): Load => ({
    ...closed(base),
    connections: OPEN_CONNECTIONS,
    rate: RATE,
    amount: { seconds: slice.openLoop },
  });
  const batches = (base: string, name: string): Load => ({
    ...to(base),
    body: lines(name),
    connections: BATCH_CONNECTIONS,
    amount: { seconds: slice.batch },
  });
  const binary = (base: string, rotation: number): Load => ({
    ...to(base),
    // oha draws from lines of text only: one body a slice, another one in the next rotation.
    body: { file: join(folder, 'binary', `${rotation % LARGE_BODIES}.bin`) },
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(headerLength),
    },
    connections: BATCH_CONNECTIONS,
    amount: { seconds: slice.batch },
  });
  const large = (base: string): Load => ({
    ...batches(base, 'large.jsonl'),
    connections: 1,
    rate: BATCH_RATE,
    amount: { seconds: slice.openLoop },
  });
  return [
    { id: 'single', rows: 1, applies: everybody, slice: (base) => ({ load: closed(base) }) },
    { id: 'open', rows: 1, applies: everybody, slice: (base) => ({ load: open(base) }) },
    { id: 'unmixed', rows: 1, applies: ownAndLimit, slice: (base) => ({ load: open(base) }) },
    {
      id: 'mixed',
      rows: 1,
      applies: ownAndLimit,
      slice: (base) => ({ load: open(base), beside: large(base) }),
    },
    {
      id: 'batch64',
      rows: MIDDLING,
      applies: everybody,
      slice: (base) => ({ load: batches(base, 'middling.jsonl') }),
    },
    {
      id: 'batch1024',
      rows: LARGE,
      applies: everybody,
      slice: (base) => ({ load: batches(base, 'large.jsonl') }),
    },
    {
      id: 'binary1024',
      rows: LARGE,
      applies: ({ binary: understands }) => understands,
      slice: (base, rotation) => ({ load: binary(base, rotation) }),
    },
  ];
}
