import { join } from 'node:path';

import { nodeProgram } from '../../../toolchain/index';
import type { Recipe } from '../../../toolchain/artifact';

/** The Node that the model server's image has, from npm. */
export const node: Recipe = nodeProgram;

/** @param folder Of the finished recipe. */
export function nodeBinary(folder: string): string {
  return join(folder, 'usr/local/bin/node');
}
