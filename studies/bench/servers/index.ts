import { fastapi } from './fastapi/peer';
import { kserve } from './kserve/peer';
import { mlserver } from './mlserver/peer';
import { nodeHttp } from './node-http/peer';
import { own, ownBefore } from './own/peer';
import type { Peer } from './peer';
import { rust } from './rust/peer';

/** The commit whose model server is measured, too; empty if none is. */
export const { BENCH_BEFORE: before = '' } = process.env;

/** Everything that is compared, in the order of the published table. */
export const peers: readonly Peer[] = [
  own,
  ...(before === '' ? [] : [ownBefore(before)]),
  rust,
  nodeHttp,
  fastapi,
  kserve,
  mlserver,
];
