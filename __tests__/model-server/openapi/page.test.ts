import { beforeAll, describe, expect, it } from '@jest/globals';

import { startTestServer } from '../../../model-server/testing/app';
import { expectThat } from '../../support/expect-that';

const server = await startTestServer();
const get = (url: string, headers: Record<string, string> = {}) => server.app.inject({ url, headers });

const page = await get('/docs');

describe('the page to try the server', () => {
  it('is HTML with the title of the model', () => {
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('<title>Model server: tiny</title>');
  });

  it('allows nothing inline and no other origin', () => {
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(page.body).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
  });

  it('finds everything that it refers to', async () => {
    const addresses = [...page.body.matchAll(/ (?:src|href)="(docs\/[^"]+)"/g)].map(([, address]) => address);
    expect(addresses).toEqual(['docs/swagger-ui.css', 'docs/swagger-ui-bundle.js', 'docs/start.js']);
    for (const address of addresses)
      expectThat((await get(`/${address ?? ''}`)).statusCode, address).toBe(200);
  });

  it('shows the document of the same server', async () => {
    expect((await get('/docs/start.js')).body).toContain("url: 'openapi.json'");
  });
});

describe.each([
  ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', 'public, max-age=86400'],
  ['/docs/swagger-ui.css', 'text/css; charset=utf-8', 'public, max-age=86400'],
  ['/docs/start.js', 'text/javascript; charset=utf-8', 'no-cache'],
  ['/docs', 'text/html; charset=utf-8', 'no-cache'],
  ['/openapi.json', 'application/json; charset=utf-8', 'no-cache'],
])('%s', (url, type, caching) => {
  let headers: Awaited<ReturnType<typeof get>>['headers'];
  beforeAll(async () => {
    ({ headers } = await get(url));
  });

  it('has a content type that may not be sniffed', () => {
    expect(headers['content-type']).toBe(type);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('may be cached', () => {
    expect(headers['cache-control']).toBe(caching);
  });

  it('is not sent to a client that has it', async () => {
    const again = await get(url, { 'if-none-match': String(headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });
});

describe('what is not part of the page', () => {
  it.each(['/docs/swagger-ui-bundle.js.map', '/docs/../package.json', '/docs/%2e%2e%2fpackage.json'])(
    'is not served: %s',
    async (url) => {
      expect((await get(url)).statusCode).toBe(404);
    },
  );
});
