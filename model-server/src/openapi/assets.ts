import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder next to the bundle, where model-server/build.ts puts Swagger UI. */
const BESIDE_BUNDLE = 'swagger-ui';

/** The files of Swagger UI that the page needs, and their content types. */
export const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
};

/** A file as served. */
export interface Asset {
  readonly content: Buffer;
  /** Strong, derived from the content. */
  readonly etag: string;
}

/** Reads a file of Swagger UI: next to the bundle, or from its package when run from source. */
export async function readAsset(name: string): Promise<Asset> {
  const beside = join(fileURLToPath(new URL('.', import.meta.url)), BESIDE_BUNDLE, name);
  const content = await readFile(beside).catch(() => readFile(join(packageFolder(), name)));
  return { content, etag: etagOf(content) };
}

export function etagOf(content: Buffer | string): string {
  return `"${createHash('sha256').update(content).digest('base64url')}"`;
}

function packageFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
