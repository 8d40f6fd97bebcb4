import { dirname, join } from 'node:path';

import { BUNDLE, bundle } from '../../../../model-server/build';
import { IMAGE_ENVIRONMENT } from '../../../../model-server/testing/server-process';
import { node, nodeBinary } from '../node';
import type { Peer } from '../peer';
import { bundleCommit, bundleOf } from './earlier';

/** Our server, bundled and started as in its image, with everything on that is on by default. */
export const own: Peer = {
  id: 'own',
  title: 'this model server',
  binary: true,
  recipes: [node],
  prepare: () => bundle(),
  command: commandOf(BUNDLE),
};

/** Our server of an earlier commit: machines differ so much that only side by side it shows what changes cost. */
export function ownBefore(commit: string): Peer {
  return {
    ...own,
    id: 'before',
    title: `this model server, commit ${commit}`,
    prepare: () => bundleCommit(commit),
    command: commandOf(bundleOf(commit)),
  };
}

function commandOf(bundle: string): Peer['command'] {
  return ({ model, ports: [port], artifact }) => ({
    file: nodeBinary(artifact(node)),
    args: [bundle],
    env: {
      ...IMAGE_ENVIRONMENT,
      // The image brings it filled; here the first start fills it.
      NODE_COMPILE_CACHE: join(dirname(bundle), 'compile-cache'),
      HOST: '127.0.0.1',
      PORT: String(port),
      MODEL_DIR: model,
      MODEL_VERSION: '1',
    },
  });
}
