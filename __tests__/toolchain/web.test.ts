import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { download, statusOf } from '../../toolchain/web';
import { restoreEnv, stubEnv } from '../support/env';

const running = new AbortController().signal;
let opened: Server[] = [];

beforeEach(() => {
  // Not those of the machine that runs the tests.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'])
    stubEnv({ [name]: undefined, [name.toLowerCase()]: undefined });
});

afterEach(() => {
  restoreEnv();
  for (const server of opened) {
    server.closeAllConnections();
    server.close();
  }
  opened = [];
});

async function listen(server: Server): Promise<string> {
  opened.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

const site: RequestListener = ({ url }, response) => {
  response.statusCode = url === '/there' ? 200 : 404;
  response.end('content');
};

/** A proxy that tunnels, as those of companies do, to wherever `to` says; keeps what it was asked for. */
async function proxy(to: string): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '' }, client) => {
    asked.push(url);
    const [host, port] = to.split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) socket.on('error', () => client.destroy());
  });
  return { address: `http://${await listen(server)}`, asked };
}

describe('a download', () => {
  it('returns the content', async () => {
    const host = await listen(createServer(site));
    expect((await download(`http://${host}/there`, running)).toString()).toBe('content');
  });

  it('uses the proxy from the environment', async () => {
    const { address, asked } = await proxy(await listen(createServer(site)));
    stubEnv({ HTTP_PROXY: address });
    expect((await download('http://releases.invalid/there', running)).toString()).toBe('content');
    expect(asked).toEqual(['releases.invalid:80']);
  });

  it('bypasses the proxy for NO_PROXY', async () => {
    const host = await listen(createServer(site));
    const { address, asked } = await proxy(host);
    stubEnv({ HTTP_PROXY: address, NO_PROXY: '127.0.0.1' });
    expect((await download(`http://${host}/there`, running)).toString()).toBe('content');
    expect(asked).toEqual([]);
  });

  it('says which address answered what', async () => {
    const host = await listen(createServer(site));
    const failure = download(`http://${host}/gone`, running);
    await expect(failure).rejects.toThrow(`http://${host}/gone cannot be downloaded.
  got:      status 404
  expected: status 200
  fix:      Check the network. Behind a proxy, set HTTPS_PROXY, and NODE_EXTRA_CA_CERTS if it inspects TLS. Where only package registries can be reached, set \`images.source: packages\` in platform.yaml.`);
  });

  it('says why there was no answer', async () => {
    const server = createServer(site);
    const host = await listen(server);
    server.close();
    await expect(download(`http://${host}/there`, running)).rejects.toThrow(
      `got:      fetch failed: connect ECONNREFUSED ${host}`,
    );
  });

  it('says that the proxy refused', async () => {
    const server = createServer();
    server.on('connect', (_, client) => client.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    stubEnv({ HTTPS_PROXY: `http://${await listen(server)}` });
    await expect(download('https://releases.invalid/there', running)).rejects.toThrow(
      'got:      fetch failed: Request was cancelled: Proxy response (403) !== 200 when HTTP Tunneling',
    );
  });

  it('says that it was interrupted, not that it failed', async () => {
    const host = await listen(createServer(() => undefined));
    const abort = new AbortController();
    const pending = download(`http://${host}/there`, abort.signal);
    abort.abort();
    await expect(pending).rejects.toMatchObject({ kind: 'interrupted' });
  });
});

describe('TLS', () => {
  let folder: string;
  let host: string;
  const file = (name: string) => join(folder, name);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-'));
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
        ...['-subj', '/CN=inspecting proxy', '-addext', 'subjectAltName=DNS:releases.invalid,IP:127.0.0.1'],
        ...['-keyout', file('key.pem'), '-out', file('ca.pem')],
      ],
      { stdio: 'ignore' },
    );
    const [key, cert] = ['key.pem', 'ca.pem'].map((name) => readFileSync(file(name)));
    host = await listen(createTlsServer({ key, cert }, site));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is refused with an untrusted certificate', async () => {
    await expect(download(`https://${host}/there`, running)).rejects.toThrow('self-signed certificate');
  });

  it.each(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])('trusts what %s names', async (name) => {
    stubEnv({ [name]: file('ca.pem') });
    expect((await download(`https://${host}/there`, running)).toString()).toBe('content');
  });

  it('trusts it through a proxy too', async () => {
    const { address, asked } = await proxy(host);
    stubEnv({ NODE_EXTRA_CA_CERTS: file('ca.pem'), HTTPS_PROXY: address });
    expect((await download('https://releases.invalid/there', running)).toString()).toBe('content');
    expect(asked).toEqual(['releases.invalid:443']);
  });
});

describe('the status of an address', () => {
  it('is that of its response', async () => {
    const host = await listen(createServer(site));
    expect(await statusOf(`http://${host}/gone`, 1000)).toBe(404);
  });

  it('is unknown if there is no timely response', async () => {
    const host = await listen(createServer(() => undefined));
    expect(await statusOf(`http://${host}/there`, 50)).toBeUndefined();
  });
});
