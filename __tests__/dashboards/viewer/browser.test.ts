import { existsSync, readdirSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { viewer } from '../../../dashboards/viewer/server/viewer';
import { drawDashboard, missingBrowser, openBrowser, pictureOf } from '../../support/dashboard-page';

const path = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));
const PAGE = path('dashboards/viewer/dist/page');
const DASHBOARDS = path('monitoring/dashboards/golden');
const missing = [
  missingBrowser(),
  existsSync(PAGE) ? undefined : 'the page is not built: run make test-viewer',
].filter((each) => each !== undefined);
const login = { username: 'reader', password: 'secret' };
const servers: Server[] = [];

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers as Prometheus does: two versions of one model, three buckets, at every step that is asked for. */
const prometheus: RequestListener = (request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://prometheus');
    const form = body === '' ? searchParams : new URLSearchParams(body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: answer(pathname, form) }));
  });
};

function answer(pathname: string, form: URLSearchParams): unknown {
  const versions = ['1', '2'];
  if (pathname.endsWith('/values')) return pathname.includes('/version/') ? versions : ['fraud'];
  const series = versions.flatMap((version) =>
    ['0.01', '0.1', '+Inf'].map((le, i) => ({
      model: 'fraud',
      version,
      le,
      feature: 'amount',
      value: i + 1,
    })),
  );
  const metrics = series.map(({ value, ...metric }) => ({ metric, value: String(value) }));
  if (pathname.endsWith('/query')) {
    const result = metrics.map(({ metric, value }) => ({ metric, value: [Number(form.get('time')), value] }));
    return { resultType: 'vector', result };
  }
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name))) as [
    number,
    number,
    number,
  ];
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
  // Versions change now and then: a mark at every step would be thousands in every panel.
  const shown = form.get('query')?.startsWith('changes(') === true ? times.slice(-1) : times;
  const result = metrics.map(({ metric, value }) => ({ metric, values: shown.map((at) => [at, value]) }));
  return { resultType: 'matrix', result };
}

const described = missing.length === 0 ? describe : describe.skip;
if (missing.length > 0) console.warn(`The viewer is not tested in a browser: ${missing.join('; ')}`);

described('in a browser', () => {
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    const url = new URL(await listen(prometheus));
    address = await listen(
      viewer({ host: '', port: 0, page: PAGE, dashboards: DASHBOARDS, login, prometheus: { url, login } }),
    );
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    for (const server of servers) server.close();
  });

  it.each(existsSync(DASHBOARDS) ? readdirSync(DASHBOARDS) : [])(
    'every panel of %s is drawn, and nothing is fetched from elsewhere',
    async (file) => {
      const uid = file.replace('.json', '');
      const { page, panels, faults } = await drawDashboard(browser, { server: address, uid, login });
      const { SCREENSHOTS } = process.env;
      if (SCREENSHOTS !== undefined) await pictureOf(page, `${SCREENSHOTS}/${uid}.png`);
      await page.close();
      expect(panels).toEqual({ drawn: panels.drawn, empty: [], failed: [], unsupported: [] });
      expect(panels.drawn.length).toBeGreaterThan(3);
      expect(faults).toEqual([]);
    },
    180_000,
  );
});
