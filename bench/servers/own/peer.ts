import { BUNDLE, bundle } from '../../../model-server/build';
import type { Peer } from '../peer';

/** Our server, bundled and started as in its image, with everything on that is on by default. */
export const own: Peer = {
  id: 'own',
  title: 'this model server',
  binary: true,
  recipes: [],
  prepare: () => bundle(),
  command: ({ model, ports: [port] }) => ({
    file: process.execPath,
    args: [BUNDLE],
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      MODEL_DIR: model,
      MODEL_VERSION: '1',
    },
  }),
};
