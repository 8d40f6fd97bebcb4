import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource } from './source';
import { cacheFolder } from './store';

export interface Choice {
  readonly source: ImageSource;
  /** Shown to the user. */
  readonly why: string;
}

/** Probes an address: whether a registry answers; replaced in tests. */
export type Ask = (address: string) => boolean;

/** One address of each kind that the upstream source needs. A registry answers 401 to anonymous requests. */
const REGISTRIES = {
  'container images': 'https://registry-1.docker.io/v2/',
  'Terraform providers': 'https://registry.terraform.io/.well-known/terraform.json',
} as const;

/** Timeout per address, in seconds. */
const PATIENCE = 5;

/** In a child process, because the probe is asynchronous and its callers are not. */
const askNetwork: Ask = (address) => {
  const script = `fetch(${JSON.stringify(address)}, { signal: AbortSignal.timeout(${String(PATIENCE * 1000)}) })
    .then((answer) => process.exit(answer.status === 200 || answer.status === 401 ? 0 : 1), () => process.exit(1))`;
  return (
    spawnSync(process.execPath, ['-e', script], { stdio: 'ignore', timeout: PATIENCE * 2000 }).status === 0
  );
};

/**
 * Decides where images come from. The first automatic choice is cached, so that a flaky network
 * does not change what runs; delete `source.json` from the cache to choose again.
 */
export function resolveSource(
  setting: 'auto' | ImageSource,
  { folder = cacheFolder(), ask = askNetwork }: { folder?: string; ask?: Ask } = {},
): Choice {
  if (setting !== 'auto') return { source: setting, why: 'as platform.yaml says' };
  const file = join(folder, 'source.json');
  const remembered = read(file);
  if (remembered) return remembered;
  const missing = Object.entries(REGISTRIES)
    .filter(([, address]) => !ask(address))
    .map(([name]) => name);
  const choice: Choice =
    missing.length === 0
      ? { source: 'upstream', why: 'its registries answer' }
      : { source: 'packages', why: `no answer from a registry of ${missing.join(' and ')}` };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(choice)}\n`);
  return choice;
}

function read(file: string): Choice | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Choice>;
    if (found.source !== 'upstream' && found.source !== 'packages') return undefined;
    return { source: found.source, why: found.why ?? 'as chosen before' };
  } catch {
    return undefined;
  }
}
