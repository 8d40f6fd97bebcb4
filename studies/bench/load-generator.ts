import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Recipe } from '../../toolchain/artifact';
import { execute } from '../../toolchain/process';
import { errors } from './errors';

export const OHA_VERSION = '1.16.0';

/** The oldest cargo that builds oha and studies/bench/servers/rust. */
const CARGO_VERSION = '1.92';

/** oha, without the parts for encrypted connections and other protocols that the benchmark does not use. */
export const ohaRecipe: Recipe = {
  id: 'bench-oha',
  title: `build the load generator, oha ${OHA_VERSION}`,
  settings: { version: OHA_VERSION },
  heavy: true,
  build: async ({ folder, report, signal }) => {
    const work = join(folder, 'work');
    const args = ['install', 'oha', '--locked', '--version', OHA_VERSION, '--root', work];
    await execute('cargo', [...args, '--target-dir', join(work, 'target')], { report, signal });
    copyFileSync(join(work, 'bin/oha'), join(folder, 'oha'));
    rmSync(work, { recursive: true });
  },
};

/** @throws {BenchError} noCargo, oldCargo */
export function requireCargo(): void {
  let answer: string;
  try {
    answer = execFileSync('cargo', ['--version'], { encoding: 'utf8' });
  } catch {
    throw errors.noCargo(CARGO_VERSION);
  }
  const [, major = 0, minor = 0] = (/^cargo (\d+)\.(\d+)/.exec(answer) ?? []).map(Number);
  const [neededMajor = 0, neededMinor = 0] = CARGO_VERSION.split('.').map(Number);
  const old = major < neededMajor || (major === neededMajor && minor < neededMinor);
  if (old) throw errors.oldCargo(answer.trim(), CARGO_VERSION);
}
