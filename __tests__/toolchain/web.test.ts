import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { download, statusOf } from '../../toolchain/web';
import { stubEnv } from '../support/env';
import { closeServers, listen, proxy, selfSigned, withoutProxies } from './support/servers';

const running = new AbortController().signal;
beforeEach(withoutProxies);
afterEach(closeServers);

const site: RequestListener = ({ url }, response) => {
  if (url === '/portal') response.setHeader('content-type', 'text/html; charset=utf-8');
  if (url === '/cut') {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('half', () => response.destroy());
    return;
  }
  response.statusCode = url === '/there' || url === '/portal' ? 200 : 404;
  response.end('content');
};

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

  it('says that a page to log in answered instead', async () => {
    const host = await listen(createServer(site));
    await expect(download(`http://${host}/portal`, running)).rejects.toThrow(
      'got:      status 200, but a web page (text/html): a login page or a proxy answers in its place',
    );
  });

  it('says that the content was cut off', async () => {
    const host = await listen(createServer(site));
    await expect(download(`http://${host}/cut`, running)).rejects.toThrow(
      /got: {6}terminated: other side closed/,
    );
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
  let host: string;
  let certificate: string;

  beforeEach(async () => {
    const tls = selfSigned();
    certificate = tls.file;
    host = await listen(createTlsServer(tls, site));
  });

  it('is refused with an untrusted certificate', async () => {
    await expect(download(`https://${host}/there`, running)).rejects.toThrow('self-signed certificate');
  });

  it.each(['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])('trusts what %s names', async (name) => {
    stubEnv({ [name]: certificate });
    expect((await download(`https://${host}/there`, running)).toString()).toBe('content');
  });

  it('trusts it through a proxy too', async () => {
    const { address, asked } = await proxy(host);
    stubEnv({ NODE_EXTRA_CA_CERTS: certificate, HTTPS_PROXY: address });
    expect((await download('https://releases.invalid/there', running)).toString()).toBe('content');
    expect(asked).toEqual(['releases.invalid:443']);
  });
});

describe('the status of an address', () => {
  it('is that of its response', async () => {
    const host = await listen(createServer(site));
    expect(await statusOf(`http://${host}/gone`, 1000)).toBe(404);
  });

  it('is unknown if a page to log in answers instead', async () => {
    const host = await listen(createServer(site));
    expect(await statusOf(`http://${host}/portal`, 1000)).toBeUndefined();
  });

  it('is unknown if there is no timely response', async () => {
    const host = await listen(createServer(() => undefined));
    expect(await statusOf(`http://${host}/there`, 50)).toBeUndefined();
  });
});
