import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Recipe } from '../../../../toolchain/artifact';
import { execute } from '../../../../toolchain/process';
import { ROOT } from '../../../../contracts/repository';
import { onnxRuntimeLibrary } from '../onnx-runtime';
import type { Peer } from '../peer';

const SOURCE = 'studies/bench/servers/rust';
const BINARY = 'bench-rust-server';

const binary: Recipe = {
  id: 'bench-rust',
  title: 'build the Rust server',
  files: [`${SOURCE}/Cargo.toml`, `${SOURCE}/Cargo.lock`, `${SOURCE}/src`],
  settings: {},
  heavy: true,
  build: async ({ folder, report, signal }) => {
    const target = join(folder, 'target');
    const args = ['build', '--release', '--locked', '--target-dir', target];
    await execute('cargo', args, { cwd: join(ROOT, SOURCE), report, signal });
    copyFileSync(join(target, 'release', BINARY), join(folder, BINARY));
    rmSync(target, { recursive: true });
  },
};

/** The limit: no interpreter, no garbage collector, no validation, the same ONNX Runtime library. */
export const rust: Peer = {
  id: 'rust',
  title: 'Rust: axum + ort (the limit)',
  binary: true,
  recipes: [binary],
  command: ({ model, ports: [port], artifact }) => ({
    file: join(artifact(binary), BINARY),
    args: [],
    env: { PORT: String(port), MODEL: `${model}/model.onnx`, ORT_DYLIB_PATH: onnxRuntimeLibrary() },
  }),
};
