import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Catalogue } from './platform';

/**
 * Makes a stack's working folder use the catalogue's own providers, without flags or environment:
 * `terraform.d/plugins` is where Terraform looks before any registry, and cdktf does not run
 * `terraform providers lock`, which needs one, when the lock file already names the versions.
 * The lock has no checksums: Terraform adds those of the mirror.
 */
export function useProviderMirror(stackFolder: string, catalogue: Catalogue): void {
  const plugins = join(stackFolder, 'terraform.d/plugins');
  const lock = join(stackFolder, '.terraform.lock.hcl');
  const hadMirror = lstatSync(plugins, { throwIfNoEntry: false }) !== undefined;
  if (hadMirror) rmSync(plugins, { recursive: true });
  if (catalogue.providerMirror === undefined) {
    // The mirror's lock would refuse what the registry serves.
    if (hadMirror) rmSync(lock, { force: true });
    return;
  }
  mkdirSync(dirname(plugins), { recursive: true });
  symlinkSync(catalogue.providerMirror, plugins);
  writeFileSync(lock, lockFile(catalogue.providers));
}

function lockFile(versions: Catalogue['providers']): string {
  return Object.entries(versions)
    .map(([name, version]: [string, string]) =>
      [
        `provider "registry.terraform.io/hashicorp/${name}" {`,
        `  version     = "${version}"`,
        `  constraints = "${version}"`,
        '}',
        '',
      ].join('\n'),
    )
    .join('\n');
}
