import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROVIDER_REGISTRY } from '../../contracts/terraform';
import type { Recipe } from '../artifact';
import { goProgram } from './go-program';
import { versions } from './versions';

const providers = Object.entries(versions.providers).map(([name, version]) => ({
  name,
  version,
  recipe: goProgram({ name: `provider-${name}` }),
}));

/** Terraform providers in the layout of a filesystem mirror. */
export const providerMirror: Recipe = {
  id: 'provider-mirror',
  title: 'set up the Terraform provider mirror',
  settings: { ...versions.providers, host: PROVIDER_REGISTRY },
  needs: providers.map(({ recipe }) => recipe),
  build: ({ folder, input }) => {
    for (const { name, version, recipe } of providers) {
      const file = join(
        folder,
        PROVIDER_REGISTRY,
        'hashicorp',
        name,
        version,
        'linux_amd64',
        `terraform-provider-${name}_v${version}`,
      );
      mkdirSync(dirname(file), { recursive: true });
      cpSync(join(input(recipe), `provider-${name}`), file);
    }
    return Promise.resolve();
  },
};
