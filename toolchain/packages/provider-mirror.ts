import { cpSync, linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Recipe } from '../artifact';
import { goProgram } from './go-program';
import { versions } from './versions';

/** Terraform and OpenTofu look for the same providers under different host names. */
const HOSTS = ['registry.terraform.io', 'registry.opentofu.org'];

const providers = Object.entries(versions.providers).map(([name, version]) => ({
  name,
  version,
  recipe: goProgram({ name: `provider-${name}` }),
}));

/** Terraform providers in the layout of a filesystem mirror. */
export const providerMirror: Recipe = {
  id: 'provider-mirror',
  title: 'set up the Terraform provider mirror',
  settings: { ...versions.providers, hosts: HOSTS.join(',') },
  needs: providers.map(({ recipe }) => recipe),
  build: ({ folder, input }) => {
    for (const { name, version, recipe } of providers) {
      const [first = '', ...others] = HOSTS.map((host) =>
        join(
          folder,
          host,
          'hashicorp',
          name,
          version,
          'linux_amd64',
          `terraform-provider-${name}_v${version}`,
        ),
      );
      mkdirSync(dirname(first), { recursive: true });
      cpSync(join(input(recipe), `provider-${name}`), first);
      for (const other of others) {
        mkdirSync(dirname(other), { recursive: true });
        linkSync(first, other);
      }
    }
    return Promise.resolve();
  },
};
