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
