import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { askNetwork, resolveSource, type Ask } from '../../toolchain/probe';
import type { ImageSource } from '../../toolchain/source';
import { restoreEnv, stubEnv } from '../support/env';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
  stubEnv({ IMAGES_SOURCE: undefined });
});

afterEach(() => {
  restoreEnv();
  rmSync(folder, { recursive: true });
});

const packages = () => ['https://npm.example/'];
const answering =
  (status: (address: string) => number | null): Ask =>
  (addresses) =>
    addresses.map(status);
const onlyPackages = answering((address) => (packages().includes(address) ? 200 : null));

const resolve = (setting: 'auto' | ImageSource, ask: Ask) =>
  resolveSource(setting, { folder, ask, packages });

const never = (): never => {
  throw new Error('must not ask the network');
};

describe('the source is', () => {
  test('as configured, without network access', () => {
    expect(resolve('packages', never)).toEqual({
      source: 'packages',
      why: 'as platform.yaml says',
    });
  });

  test('as IMAGES_SOURCE says, where platform.yaml leaves it open', () => {
    stubEnv({ IMAGES_SOURCE: 'upstream' });
    expect(resolve('auto', never)).toEqual({ source: 'upstream', why: 'as IMAGES_SOURCE says' });
    expect(resolve('packages', never).source).toBe('packages');
  });

  test('upstream when every registry answers', () => {
    expect(
      resolve(
        'auto',
        answering(() => 401),
      ),
    ).toEqual({
      source: 'upstream',
      why: 'its registries answer',
    });
  });

  test('packages when the container registry does not answer', () => {
    const ask = answering((address) => (address.includes('docker.io') ? null : 200));
    expect(resolve('auto', ask)).toEqual({
      source: 'packages',
      why: 'no answer for container images',
    });
  });

  test.each(['gcr.io', 'registry.k8s.io', 'registry.terraform.io', 'kind.sigs.k8s.io', 'github.com'])(
    'packages when %s does not answer, which upstream also needs',
    (host) => {
      const ask = answering((address) => (new URL(address).host === host ? null : 200));
      expect(resolve('auto', ask).source).toBe('packages');
    },
  );

  test('packages when only its registries answer, with upstream named in full', () => {
    expect(resolve('auto', onlyPackages).why).toBe(
      "no answer for container images, container images (gcr.io), container images (registry.k8s.io), Terraform providers, kind's releases, releases on GitHub",
    );
  });

  test('packages when something on the way refuses upstream', () => {
    expect(
      resolve(
        'auto',
        answering(() => 403),
      ).source,
    ).toBe('packages');
  });

  test('the one chosen before, without probing again', () => {
    const first = resolve('auto', onlyPackages);
    expect(resolve('auto', never)).toEqual({
      source: 'packages',
      why: `${first.why}; to choose again, delete ${join(folder, 'source.json')}`,
    });
  });

  test('not cached when the machine is offline', () => {
    expect(
      resolve(
        'auto',
        answering(() => null),
      ),
    ).toEqual({
      source: 'packages',
      why: 'this machine is offline: no registry answers, neither upstream nor of packages; asked again next time',
    });
    expect(
      resolve(
        'auto',
        answering(() => 200),
      ).source,
    ).toBe('upstream');
  });

  test('probed again when the cached choice is damaged', () => {
    writeFileSync(join(folder, 'source.json'), '{"source":');
    expect(
      resolve(
        'auto',
        answering(() => 200),
      ).source,
    ).toBe('upstream');
  });
});

describe('the network', () => {
  test('is probed for all addresses, through the proxy', async () => {
    // In a thread, because asking blocks this one. The proxy opens tunnels to itself, where every path is a status.
    const code = `
      const server = require('node:http').createServer(({ url }, answer) => {
        answer.statusCode = Number(url.slice(1));
        answer.end();
      });
      server.on('connect', (_, socket) => {
        socket.write('HTTP/1.1 200 Connection established\\r\\n\\r\\n');
        server.emit('connection', socket);
      });
      server.listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(server.address().port));`;
    const worker = new Worker(code, { eval: true });
    const [port] = (await once(worker, 'message')) as [number];
    stubEnv({ HTTP_PROXY: `http://127.0.0.1:${String(port)}`, http_proxy: undefined, NO_PROXY: '127.0.0.2' });
    stubEnv({ no_proxy: undefined });
    expect(
      askNetwork(['http://hub.invalid/401', 'http://127.0.0.2:9/refused', 'http://registry.invalid/200']),
    ).toEqual([401, null, 200]);
    await worker.terminate();
  }, 70_000);
});

test('a configured source is not cached', () => {
  resolve('upstream', never);
  expect(existsSync(join(folder, 'source.json'))).toBe(false);
});
