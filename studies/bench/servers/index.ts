import { fastapi } from './fastapi/peer';
import { kserve } from './kserve/peer';
import { mlserver } from './mlserver/peer';
import { nodeHttp } from './node-http/peer';
import { own } from './own/peer';
import type { Peer } from './peer';
import { rust } from './rust/peer';

/** Everything that is compared, in the order of the published table. */
export const peers: readonly Peer[] = [own, rust, nodeHttp, fastapi, kserve, mlserver];
