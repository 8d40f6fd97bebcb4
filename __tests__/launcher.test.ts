import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT } from '../contracts/repository';

const MANIFESTS = ['package-lock.json', 'package.json', 'cli/package.json', 'model-server/package.json'];

let checkout: string;

/** A checkout with installed packages, and an npm that only notes how it was called. */
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'launcher-'));
  for (const folder of ['bin', 'cli/src', 'model-server', 'node_modules/.bin', 'contracts', 'toolchain'])
    mkdirSync(join(checkout, folder), { recursive: true });
  for (const folder of ['images', 'monitoring', 'stacks', 'rollout', 'pipeline'])
    mkdirSync(join(checkout, folder));
  writeFileSync(join(checkout, 'pipeline/model.schema.json'), '{}');
  copyFileSync(join(ROOT, 'mlops'), join(checkout, 'mlops'));
  writeFileSync(join(checkout, 'cli/src/bin.ts'), `console.log('ran', process.argv.slice(2).join(' '));\n`);
  for (const manifest of MANIFESTS) writeFileSync(join(checkout, manifest), '{}\n');
  for (const name of ['.bin/esbuild', 'esbuild'])
    symlinkSync(join(ROOT, 'node_modules', name), join(checkout, 'node_modules', name));
  const npm = `#!/bin/sh\necho "$*" >>"${checkout}/npm.log"\necho {} >node_modules/.package-lock.json\n`;
  writeFileSync(join(checkout, 'bin/npm'), npm);
  chmodSync(join(checkout, 'bin/npm'), 0o755);
  writeFileSync(join(checkout, 'node_modules/.package-lock.json'), '{}\n');
});

afterEach(() => {
  rmSync(checkout, { recursive: true });
});

function launch(): string {
  const env = { ...process.env, PATH: `${join(checkout, 'bin')}:${process.env.PATH ?? ''}` };
  return execFileSync(join(checkout, 'mlops'), ['status'], { env, encoding: 'utf8' }).trim();
}

/** How npm was called, one line each. */
function npmCalls(): readonly string[] {
  const log = join(checkout, 'npm.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

function touch(file: string, secondsFromNow: number): void {
  const when = Date.now() / 1000 + secondsFromNow;
  utimesSync(join(checkout, file), when, when);
}

describe('./mlops', () => {
  it('installs nothing when the packages are as locked', () => {
    for (const manifest of MANIFESTS) touch(manifest, -60);
    expect(launch()).toBe('ran status');
    expect(npmCalls()).toEqual([]);
  });

  it.each(MANIFESTS)('installs again once %s changed, and only once', (manifest) => {
    for (const each of MANIFESTS) touch(each, -60);
    touch('node_modules/.package-lock.json', -30);
    touch(manifest, -10);
    expect(launch()).toBe('ran status');
    expect(launch()).toBe('ran status');
    expect(npmCalls()).toEqual(['ci --no-audit --no-fund']);
  });

  it('installs on first use, also after an installation that was killed', () => {
    rmSync(join(checkout, 'node_modules/.package-lock.json'));
    expect(launch()).toBe('ran status');
    expect(npmCalls()).toEqual(['ci --no-audit --no-fund']);
  });

  it.each(['contracts', 'monitoring', 'rollout'])('bundles again once %s changed', (room) => {
    writeFileSync(join(checkout, 'cli/src/bin.ts'), `import '../../${room}/part';\n`);
    writeFileSync(join(checkout, room, 'part.ts'), `console.log('before');\n`);
    expect(launch()).toBe('before');
    writeFileSync(join(checkout, room, 'part.ts'), `console.log('after');\n`);
    touch(`${room}/part.ts`, 10);
    expect(launch()).toBe('after');
  });
});
