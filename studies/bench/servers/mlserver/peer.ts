import { fileURLToPath } from 'node:url';

import type { Peer } from '../peer';
import { environmentRecipe, interpreter } from '../python-environment';

const REPOSITORY = fileURLToPath(new URL('repository', import.meta.url));
const environment = environmentRecipe('mlserver');

/** MLServer as quick as it can be set: in one process, without the queue to workers, no log line per request. */
export const mlserver: Peer = {
  id: 'mlserver',
  title: 'MLServer (custom runtime)',
  binary: false,
  recipes: [environment],
  command: ({ model, ports: [http, grpc, metrics], artifact }) => ({
    file: interpreter(artifact(environment)),
    args: ['-m', 'mlserver.cli.main', 'start', REPOSITORY],
    env: {
      MODEL: `${model}/model.onnx`,
      MLSERVER_HOST: '127.0.0.1',
      MLSERVER_HTTP_PORT: String(http),
      MLSERVER_GRPC_PORT: String(grpc),
      MLSERVER_METRICS_PORT: String(metrics),
      MLSERVER_PARALLEL_WORKERS: '0',
      MLSERVER_DEBUG: 'false',
    },
  }),
};
