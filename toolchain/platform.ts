import { errors } from './errors';
import type { ImageSource } from './source';

/** A machine, in the words of release pages and images. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Where this process runs. A system that nothing is made for keeps Node's name for it. */
export const thisPlatform: Platform = {
  os: process.platform,
  arch: ARCHITECTURES[process.arch] ?? process.arch,
};

/** What containers on this machine run: Linux, also where the engine keeps a virtual machine. */
export const containerPlatform: Platform = { os: 'linux', arch: thisPlatform.arch };

export function imagePlatform({ os, arch }: Platform = containerPlatform): string {
  return `${os}/${arch}`;
}

/** Machines that a source has every part for. */
const SUPPORTED: Readonly<Record<ImageSource, readonly string[]>> = {
  upstream: ['linux/amd64', 'linux/arm64', 'darwin/amd64', 'darwin/arm64'],
  packages: ['linux/amd64'],
};

/**
 * Call it before anything is installed.
 * @throws PreparationError unsupportedPlatform
 */
export function requirePlatform(source: ImageSource, platform: Platform = thisPlatform): void {
  const name = `${platform.os}/${platform.arch}`;
  if (SUPPORTED[source].includes(name)) return;
  throw errors.unsupportedPlatform(name, source, SUPPORTED[source], SUPPORTED.upstream.includes(name));
}
