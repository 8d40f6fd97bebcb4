import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { machineInWords } from '../recorder/measurement';

/** When, where and of what a figure was measured. */
export interface Setting {
  readonly command: string;
  /** ISO date. */
  readonly date: string;
  readonly commit: string;
  /** In words. */
  readonly machine: string;
}

export function currentSetting(command: string): Setting {
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: machineInWords({ processor: true }),
  };
}

/** SHA-256 of the model file: equal for equal models. @param model folder of the package */
export function modelDigest(model: string): string {
  return createHash('sha256')
    .update(readFileSync(join(model, 'model.onnx')))
    .digest('hex');
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  // What the benchmark writes itself does not count.
  const changed = git('status', '--porcelain', '--', '.', ':!docs/results');
  return git('rev-parse', 'HEAD') + (changed === '' ? '' : ' with uncommitted changes');
}
