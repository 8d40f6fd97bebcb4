import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/**
 * This machine in words, as recorded figures say it.
 *
 * @param processor Whether to name the processor, for figures of speed.
 */
export function machineInWords({ processor = false } = {}): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const system = /PRETTY_NAME="(.+)"/.exec(release)?.[1] ?? process.platform;
  const model = processor ? ` (${cpus()[0]?.model.trim() ?? 'unknown processor'})` : '';
  return `${cpus().length} cores${model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${system}, shared`;
}

/** What every recorded figure says of its origin: the command, ISO date, commit and machine. */
export function measuredBy(command: string) {
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    machine: machineInWords(),
  };
}
