import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../contracts/repository';
import { debianSources, npmRegistry } from './package-registries';
import { thisPlatform } from './platform';
import type { ImageSource } from './source';
import { releases } from './upstream/releases';
import { requireVersions } from './upstream/versions';
import { cacheFolder } from './store';

export interface Choice {
  readonly source: ImageSource;
  /** Shown to the user. */
  readonly why: string;
}

/** Asks all addresses at once. @returns the status of each, null where no answer came */
export type Ask = (addresses: readonly string[]) => readonly (number | null)[];

const { kind, tofu } = releases(thisPlatform);

/** One address of each place that the upstream source downloads from. A registry answers 401 to anonymous requests. */
const UPSTREAM: Readonly<Record<string, string>> = {
  'container images': 'https://registry-1.docker.io/v2/',
  'container images (gcr.io)': 'https://gcr.io/v2/',
  'container images (registry.k8s.io)': 'https://registry.k8s.io/v2/',
  'Terraform providers': 'https://registry.terraform.io/.well-known/terraform.json',
  "kind's releases": kind.checksums,
  'releases on GitHub': tofu.checksums,
};
const GOOD: readonly (number | null | undefined)[] = [200, 401];

/** How long an address may take to answer, in seconds. */
const PATIENCE = 5;

export const askNetwork: Ask = (addresses) => {
  const child = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'toolchain/ask.ts'), String(PATIENCE * 1000), ...addresses],
    // The requests have their own patience; a busy machine takes long to start the process.
    { cwd: ROOT, env: process.env, encoding: 'utf8', timeout: 60_000 },
  );
  try {
    return JSON.parse(child.stdout) as (number | null)[];
  } catch {
    return addresses.map(() => null);
  }
};

/** Where packages come from on this machine. Any answer of theirs proves that there is a network. */
function packageRegistries(): readonly string[] {
  return [npmRegistry(), debianSources().archive].filter((address) => address !== undefined);
}

export interface ResolveOptions {
  /** @default the cache folder */
  readonly folder?: string;
  /** Replaced in tests. */
  readonly ask?: Ask;
  readonly packages?: () => readonly string[];
}

/**
 * Decides where images come from. The first automatic choice is remembered, so that a flaky network does not change
 * what runs; delete `source.json` from the cache to choose again. A choice made offline is not remembered.
 * @throws PreparationError badVersions
 */
export function resolveSource(
  setting: 'auto' | ImageSource,
  { folder = cacheFolder(), ask = askNetwork, packages = packageRegistries }: ResolveOptions = {},
): Choice {
  requireVersions();
  if (setting !== 'auto') return { source: setting, why: 'as platform.yaml says' };
  // For whoever wants no other source, whatever answers today: a CI that tests one of them.
  const { IMAGES_SOURCE: wanted } = process.env;
  if (wanted === 'upstream' || wanted === 'packages') return { source: wanted, why: 'as IMAGES_SOURCE says' };
  const file = join(folder, 'source.json');
  const remembered = read(file);
  if (remembered) return remembered;
  const names = Object.keys(UPSTREAM);
  const statuses = ask([...Object.values(UPSTREAM), ...packages()]);
  const missing = names.filter((_, index) => !GOOD.includes(statuses[index]));
  if (statuses.every((status) => status === null)) {
    return {
      source: 'packages',
      why: 'this machine is offline: no registry answers, neither upstream nor of packages; asked again next time',
    };
  }
  const choice: Choice =
    missing.length === 0
      ? { source: 'upstream', why: 'its registries answer' }
      : { source: 'packages', why: `no answer for ${missing.join(', ')}` };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(choice)}\n`);
  return choice;
}

function read(file: string): Choice | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Partial<Choice>;
    if (found.source !== 'upstream' && found.source !== 'packages') return undefined;
    return {
      source: found.source,
      why: `${found.why ?? 'as chosen before'}; to choose again, delete ${file}`,
    };
  } catch {
    return undefined;
  }
}
