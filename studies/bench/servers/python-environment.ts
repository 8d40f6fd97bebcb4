import { join } from 'node:path';

import type { Recipe } from '../../../toolchain/artifact';
import { execute } from '../../../toolchain/process';
import { ROOT } from '../../../contracts/repository';

/** A virtual environment with exactly the packages of `studies/bench/servers/<name>/requirements.lock`. */
export function environmentRecipe(name: string): Recipe {
  const lock = `studies/bench/servers/${name}/requirements.lock`;
  return {
    id: `bench-${name}`,
    title: `install the Python packages of ${name}`,
    files: [lock],
    settings: {},
    build: async ({ folder, report, signal }) => {
      const uv = join(ROOT, '.tools/uv/bin/uv');
      const python = join(ROOT, '.venv/bin/python');
      const options = { report, signal };
      // Relocatable, because a finished artifact is moved to its final name.
      await execute(
        uv,
        ['venv', '--quiet', '--relocatable', '--python', python, join(folder, 'venv')],
        options,
      );
      const target = join(folder, 'venv/bin/python');
      await execute(
        uv,
        [
          'pip',
          'sync',
          '--quiet',
          '--require-hashes',
          '--compile-bytecode',
          '--python',
          target,
          join(ROOT, lock),
        ],
        options,
      );
    },
  };
}

/** The interpreter of an environment. @param folder of the finished recipe */
export function interpreter(folder: string): string {
  return join(folder, 'venv/bin/python');
}
