import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildSecrets, debianSources } from '../../toolchain/package-registries';
import { restoreEnv, stubEnv } from '../support/env';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clients-'));
});

afterEach(() => {
  restoreEnv();
  rmSync(folder, { recursive: true });
});

const apt = (file: string, text: string) => {
  mkdirSync(join(folder, 'sources.list.d'), { recursive: true });
  writeFileSync(join(folder, file), text);
  return debianSources(folder);
};

describe("the machine's Debian mirrors are read from", () => {
  test('the one-line style', () => {
    const lines = [
      '# deb http://disabled.example/debian bookworm main',
      'deb [signed-by=/key.gpg] http://mirror.example/debian bookworm main contrib',
      'deb http://mirror.example/security bookworm-security main',
    ];
    expect(apt('sources.list', lines.join('\n'))).toEqual({
      archive: 'http://mirror.example/debian',
      security: 'http://mirror.example/security',
    });
  });

  test('the stanza style', () => {
    const stanza = (uri: string, suites: string) =>
      `Types: deb\n# snapshot\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\n`;
    const text = `${stanza('http://a.example/debian', 'bookworm bookworm-updates')}\n${stanza('http://a.example/fixes', 'bookworm-security')}`;
    expect(apt('sources.list.d/debian.sources', text)).toEqual({
      archive: 'http://a.example/debian',
      security: 'http://a.example/fixes',
    });
  });
});

test('other apt repositories are not taken for Debian', () => {
  const other = 'deb http://other.example/apt cloud-sdk-bookworm main';
  expect(apt('sources.list.d/other.list', other).archive).toBeUndefined();
});

test('a disabled stanza does not count', () => {
  const text = 'Types: deb\nURIs: http://a.example\nSuites: bookworm\nComponents: main\nEnabled: no\n';
  expect(apt('sources.list.d/debian.sources', text).archive).toBeUndefined();
});

describe('the configuration mounted into build steps', () => {
  test('names the index and the certificates for pip', () => {
    writeFileSync(join(folder, 'ca.pem'), 'certificate');
    stubEnv({ SSL_CERT_FILE: join(folder, 'ca.pem') });
    stubEnv({ PIP_INDEX_URL: 'https://pypi.example/simple' });
    const text = readFileSync(buildSecrets(join(folder, 'secrets')).pip ?? '', 'utf8');
    expect(text).toMatch(/^index-url = https:\/\/pypi\.example\/simple$/m);
    expect(text).toMatch(/^cert = \/run\/secrets\/ca$/m);
  });

  test('names the registry for npm', () => {
    stubEnv({ NPM_CONFIG_REGISTRY: 'https://npm.example/' });
    const text = readFileSync(buildSecrets(join(folder, 'secrets')).npm ?? '', 'utf8');
    expect(text).toMatch(/^registry=https:\/\/npm\.example\/$/m);
  });

  test('is also written for a user without a home', () => {
    stubEnv({ PIP_INDEX_URL: 'https://pypi.example/simple' });
    const noHome = () => {
      throw new Error('A system error occurred: uv_os_homedir returned ENOENT');
    };
    const text = readFileSync(buildSecrets(join(folder, 'secrets'), noHome).pip ?? '', 'utf8');
    expect(text).toContain('index-url = https://pypi.example/simple');
  });

  test('is private to the user, as it may hold passwords', () => {
    for (const path of Object.values(buildSecrets(join(folder, 'secrets')))) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
  });
});
