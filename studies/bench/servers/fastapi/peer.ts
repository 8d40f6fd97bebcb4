import { fileURLToPath } from 'node:url';

import type { Peer } from '../peer';
import { environmentRecipe, interpreter } from '../python-environment';

const SERVER = fileURLToPath(new URL('server.py', import.meta.url));
const environment = environmentRecipe('fastapi');

/** What a Python team writes by hand when it wants to be quick. */
export const fastapi: Peer = {
  id: 'fastapi',
  title: 'FastAPI + orjson + onnxruntime',
  binary: false,
  recipes: [environment],
  command: ({ model, ports: [port], artifact }) => ({
    file: interpreter(artifact(environment)),
    args: [SERVER],
    env: { PORT: String(port), MODEL: `${model}/model.onnx` },
  }),
};
