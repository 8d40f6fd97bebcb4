import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { json } from './answer';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** Sends a file of the page's folder, compressed if the build made it so. */
export async function sendFile(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const file = locate(folder, path);
  const type = file === undefined ? undefined : TYPES[extname(file)];
  const size = file === undefined ? undefined : await sizeOf(file);
  if (file === undefined || type === undefined || size === undefined) {
    json(response, 404, { error: `${path} is not here.` });
    return;
  }
  const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
    ? await sizeOf(`${file}.gz`)
    : undefined;
  // Names in assets/ contain a content hash.
  if (path.startsWith('/assets/'))
    response.setHeader('cache-control', 'private, max-age=31536000, immutable');
  response.writeHead(200, {
    'content-type': type,
    'content-length': gzip ?? size,
    vary: 'accept-encoding',
    ...(gzip === undefined ? {} : { 'content-encoding': 'gzip' }),
  });
  if (request.method === 'HEAD') response.end();
  else
    createReadStream(gzip === undefined ? file : `${file}.gz`)
      .on('error', () => response.destroy())
      .pipe(response);
}

function locate(folder: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  const file = normalize(join(folder, decoded));
  return file.startsWith(`${normalize(folder)}${sep}`) && !file.includes('\0') ? file : undefined;
}

async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true ? found.size : undefined;
}
