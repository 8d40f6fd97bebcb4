import { dirname, join } from 'node:path';

import { BUNDLE, bundle } from '../../../../model-server/build';
import { IMAGE_ENVIRONMENT } from '../../../../model-server/testing/server-process';
import { node, nodeBinary } from '../node';
import type { Peer } from '../peer';

/** Our server, bundled and started as in its image, with everything on that is on by default. */
export const own: Peer = {
  id: 'own',
  title: 'this model server',
  binary: true,
  recipes: [node],
  prepare: () => bundle(),
  command: ({ model, ports: [port], artifact }) => ({
    file: nodeBinary(artifact(node)),
    args: [BUNDLE],
    env: {
      ...IMAGE_ENVIRONMENT,
      // The image brings it filled; here the first start fills it.
      NODE_COMPILE_CACHE: join(dirname(BUNDLE), 'compile-cache'),
      HOST: '127.0.0.1',
      PORT: String(port),
      MODEL_DIR: model,
      MODEL_VERSION: '1',
    },
  }),
};
