import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Catalogue } from './catalogue';

/**
 * Makes a stack's working folder use the catalogue's providers, without flags or environment variables:
 * Terraform searches `terraform.d/plugins` before any registry, and cdktf does not run
 * `terraform providers lock`, which needs a registry, if the lock file already names the versions.
 * The lock has no checksums: Terraform adds those of the mirror, and keeps them while the mirror stays the same.
 */
export function useProviderMirror(stackFolder: string, catalogue: Catalogue): void {
  const plugins = join(stackFolder, 'terraform.d/plugins');
  const lock = join(stackFolder, '.terraform.lock.hcl');
  const current = lstatSync(plugins, { throwIfNoEntry: false }) && readlinkSync(plugins);
  if (current !== catalogue.providerMirror) {
    rmSync(plugins, { recursive: true, force: true });
    // Providers from another source have other checksums.
    if (current !== undefined) rmSync(lock, { force: true });
  }
  if (catalogue.providerMirror === undefined) return;
  if (current !== catalogue.providerMirror) {
    mkdirSync(dirname(plugins), { recursive: true });
    symlinkSync(catalogue.providerMirror, plugins);
  }
  const providers = requiredProviders(stackFolder);
  const locked = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  if (providers.every((each) => locked.includes(entryStart(each)))) return;
  writeFileSync(lock, providers.map((each) => `${entryStart(each)}\n}\n`).join('\n'));
}

interface Provider {
  readonly source: string;
  readonly version: string;
}

function requiredProviders(stackFolder: string): readonly Provider[] {
  const { terraform } = JSON.parse(readFileSync(join(stackFolder, 'cdk.tf.json'), 'utf8')) as {
    terraform: { required_providers?: Record<string, Provider> };
  };
  return Object.values(terraform.required_providers ?? {});
}

/** In Terraform's own format, so that a lock file with checksums also matches. */
function entryStart({ source, version }: Provider): string {
  return `provider "${source}" {\n  version     = "${version}"\n  constraints = "${version}"`;
}
