import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../contracts/repository';

const TERMINAL = '@cdktf/node-pty-prebuilt-multiarch';

interface Terminal {
  spawn(
    file: string,
    args: readonly string[],
    options: object,
  ): { onData(use: (text: string) => void): void; onExit(use: () => void): void };
}

describe('npm ci', () => {
  it('runs no program of a package: no compiler is needed, and nothing reports home', () => {
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });

  it('brings the terminal that cdktf runs Terraform in, built for every machine of the published path', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { name?: string; optionalDependencies?: object; hasInstallScript?: boolean }>;
    };
    const found = Object.entries(packages).filter(([path]) => path.endsWith(`node_modules/${TERMINAL}`));
    // cdktf-cli requires it from the top, though only its core declares it.
    expect(found.map(([path]) => path)).toEqual([`node_modules/${TERMINAL}`]);
    expect(found[0]?.[1].hasInstallScript).toBeUndefined();
    expect(Object.keys(found[0]?.[1].optionalDependencies ?? {})).toEqual(
      expect.arrayContaining(
        ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'].map((each) => `@lydell/node-pty-${each}`),
      ),
    );
  });

  it('makes that terminal run in this Node', async () => {
    const terminal = createRequire(join(ROOT, 'package.json'))(TERMINAL) as Terminal;
    const text = await new Promise<string>((resolve) => {
      let seen = '';
      const child = terminal.spawn('/bin/sh', ['-c', 'test -t 1 && echo terminal'], {});
      child.onData((each) => (seen += each));
      child.onExit(() => {
        resolve(seen);
      });
    });
    expect(text.trim()).toBe('terminal');
  });
});
