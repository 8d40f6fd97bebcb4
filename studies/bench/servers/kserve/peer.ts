import { fileURLToPath } from 'node:url';

import type { Peer } from '../peer';
import { environmentRecipe, interpreter } from '../python-environment';

const SERVER = fileURLToPath(new URL('server.py', import.meta.url));
const environment = environmentRecipe('kserve');

export const kserve: Peer = {
  id: 'kserve',
  title: "KServe's Python server",
  binary: true,
  recipes: [environment],
  command: ({ model, ports: [port], artifact }) => ({
    file: interpreter(artifact(environment)),
    args: [SERVER],
    env: { PORT: String(port), MODEL: `${model}/model.onnx` },
  }),
};
