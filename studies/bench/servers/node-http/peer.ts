import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { node, nodeBinary } from '../node';
import type { Peer } from '../peer';

const SOURCE = fileURLToPath(new URL('server.ts', import.meta.url));
const BUNDLE = fileURLToPath(new URL('dist/server.mjs', import.meta.url));

/** What Node gives without a framework. */
export const nodeHttp: Peer = {
  id: 'node_http',
  title: 'bare node:http + onnxruntime-node',
  binary: false,
  recipes: [node],
  prepare: async () => {
    await build({
      entryPoints: [SOURCE],
      outfile: BUNDLE,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      external: ['onnxruntime-node'],
      logLevel: 'warning',
    });
  },
  command: ({ model, ports: [port], artifact }) => ({
    file: nodeBinary(artifact(node)),
    args: [BUNDLE],
    env: { NODE_ENV: 'production', PORT: String(port), MODEL: `${model}/model.onnx` },
  }),
};
