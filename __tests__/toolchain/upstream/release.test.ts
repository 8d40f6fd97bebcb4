import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../toolchain/store';
import { released } from '../../../toolchain/upstream/release';
import { stubEnv } from '../../support/env';
import { closeServers, listen, proxy, selfSigned, withoutProxies } from '../support/servers';

const PROGRAM = '#!/bin/sh\necho hello\n';
const HOST = 'https://releases.invalid';
const platform = { os: 'linux', arch: 'arm64' };

let folder: string;
let store: Store;
let archive: Buffer;
/** What the release page does at the next download; undefined: answers well. */
let fault: ((response: ServerResponse) => void) | undefined;
let asked: string[];

/** A release page behind a proxy that opens TLS, as in many companies. */
beforeEach(async () => {
  withoutProxies();
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  mkdirSync(join(folder, 'tool-1.0'));
  writeFileSync(join(folder, 'tool-1.0/tool'), PROGRAM);
  archive = execFileSync('tar', ['-czf', '-', '-C', folder, 'tool-1.0']);
  store = openStore(join(folder, 'cache'), undefined);
  fault = undefined;
  const sum = createHash('sha256').update(archive).digest('hex');
  const tls = selfSigned();
  const site = await listen(
    createServer(tls, ({ url }, response) => {
      if (url === '/sums') response.end(`${'0'.repeat(64)}  other.tgz\n${sum} *tool.tgz\n`);
      else if (fault) fault(response);
      else response.end(archive);
    }),
  );
  const through = await proxy(site);
  asked = through.asked;
  stubEnv({ HTTPS_PROXY: through.address, NODE_EXTRA_CA_CERTS: tls.file });
});

afterEach(() => {
  closeServers();
  rmSync(folder, { recursive: true });
});

const { recipe, file } = released(
  'tool',
  { version: '1.0', url: `${HOST}/tool.tgz`, checksums: `${HOST}/sums`, member: 'tool-1.0/tool' },
  platform,
);
const make = () => store.make(recipe, { report: () => undefined, signal: new AbortController().signal });

test('a program comes through the proxy, is verified and can be run', async () => {
  const made = join(await make(), file);
  expect(readFileSync(made, 'utf8')).toBe(PROGRAM);
  expect(statSync(made).mode & 0o777).toBe(0o755);
  expect(asked).toEqual(['releases.invalid:443', 'releases.invalid:443']);
});

const FAULTS: [string, (response: ServerResponse) => void, string | RegExp][] = [
  [
    'a wrong checksum',
    (response) => response.end('something else'),
    `${HOST}/tool.tgz does not match its checksum, published in ${HOST}/sums.`,
  ],
  [
    'a download that was cut',
    (response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 20), () => response.destroy());
    },
    /tool\.tgz cannot be downloaded\.\n {2}got: {6}terminated/,
  ],
  ['a refusal', (response) => response.writeHead(403).end(), 'got:      status 403'],
  [
    'a portal that wants a login',
    (response) => response.setHeader('content-type', 'text/html').end('<html>Welcome to our network'),
    'got:      status 200, but a web page (text/html)',
  ],
];

describe.each(FAULTS)('%s', (_, answer, message) => {
  beforeEach(() => {
    fault = answer;
  });

  test('is told, and leaves nothing behind', async () => {
    await expect(make()).rejects.toThrow(message);
    expect(readdirSync(join(folder, 'cache/artifacts'))).toEqual([]);
  });

  test('is over with the next attempt', async () => {
    await expect(make()).rejects.toThrow();
    fault = undefined;
    expect(readFileSync(join(await make(), file), 'utf8')).toBe(PROGRAM);
  });
});
