import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../../contracts/repository';
import { errors } from '../errors';

const PACKAGE = join(ROOT, 'node_modules/onnxruntime-node');

/** The version that every server runs the model with. */
export function onnxRuntimeVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/**
 * The native library that onnxruntime-node brings.
 *
 * @throws {BenchError} noLibrary
 */
export function onnxRuntimeLibrary(): string {
  const folder = join(PACKAGE, 'bin');
  const found = readdirSync(folder)
    .map((binding) => join(folder, binding, 'linux', process.arch, 'libonnxruntime.so.1'))
    .find((file) => existsSync(file));
  if (found === undefined) throw errors.noLibrary(folder, process.arch);
  return found;
}
