import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { json, protect, text } from './answer';
import { readDashboards } from './dashboards';
import { admits } from './login';
import { sendFile } from './page';
import { proxy, PROXY } from './proxy';
import type { Settings } from './settings';

const DASHBOARD = '/api/dashboards/uid/';

/** Serves the page, its dashboards and their queries. Read-only. */
export function viewer(settings: Settings): RequestListener {
  return (request, response) => {
    answer(settings, request, response).catch((error: unknown) => {
      console.error(JSON.stringify({ level: 'error', path: request.url, error: String(error) }));
      if (response.headersSent) response.destroy();
      else json(response, 500, { error: 'The viewer failed; its log says why.' });
    });
  };
}

async function answer(settings: Settings, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(`http://viewer${request.url ?? '/'}`);
  protect(response);
  if (pathname === '/api/health') {
    json(response, 200, { status: 'ok' });
    return;
  }
  if (!admits(settings.login, request.headers.authorization)) {
    response.setHeader('www-authenticate', 'Basic realm="Dashboards", charset="UTF-8"');
    text(
      response,
      401,
      'text/plain; charset=utf-8',
      'User and password are needed: ./mlops open shows both.\n',
    );
    return;
  }
  if (pathname.startsWith(`${PROXY}/`)) {
    proxy(settings.prometheus, pathname.slice(PROXY.length), search, request, response);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    json(response, 405, { error: `${request.method ?? ''} is not allowed: nothing can be changed here.` });
    return;
  }
  if (pathname === '/api/search') await list(settings, response);
  else if (pathname.startsWith(DASHBOARD)) await one(settings, pathname.slice(DASHBOARD.length), response);
  else if (pathname === '/' || pathname.startsWith('/d/'))
    await sendFile(settings.page, '/index.html', request, response);
  else await sendFile(settings.page, pathname, request, response);
}

async function list({ dashboards: folder }: Settings, response: ServerResponse): Promise<void> {
  const { dashboards, faults } = await readDashboards(folder);
  for (const fault of faults) console.error(JSON.stringify({ level: 'error', dashboard: fault }));
  json(
    response,
    200,
    dashboards.map(({ uid, title, tags }) => ({ uid, title, tags, type: 'dash-db', url: `/d/${uid}` })),
  );
}

async function one({ dashboards: folder }: Settings, uid: string, response: ServerResponse): Promise<void> {
  const { dashboards, faults } = await readDashboards(folder);
  const found = dashboards.find((dashboard) => dashboard.uid === uid);
  if (found !== undefined) {
    const meta = JSON.stringify({ canSave: false, canEdit: false, canAdmin: false, provisioned: true });
    text(response, 200, 'application/json', `{"meta":${meta},"dashboard":${found.json}}`);
    return;
  }
  const known = dashboards.map((dashboard) => dashboard.uid).join(', ');
  json(response, 404, {
    message: `There is no dashboard ${uid}. Dashboards here: ${known === '' ? 'none' : known}.${faults.map((fault) => ` Left out: ${fault}.`).join('')}`,
  });
}
