import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { ROOT } from '../../contracts/repository';

// Where `npm ci` clears it, as jest's cache is.
const CACHE = join(ROOT, 'node_modules/.cache/pglite');

/**
 * PostgreSQL in WebAssembly, with nothing in it. initdb takes 5 s of CPU, so what it makes is kept, by the version of
 * PGlite, and every later start begins there.
 */
export async function startPostgres(): Promise<PGlite> {
  const manifest = readFileSync(join(ROOT, 'node_modules/@electric-sql/pglite/package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const kept = join(CACHE, `${version}.tar`);
  if (existsSync(kept)) return PGlite.create({ loadDataDir: new Blob([readFileSync(kept)]) });
  const postgres = await PGlite.create();
  const folder = await postgres.dumpDataDir('none');
  mkdirSync(CACHE, { recursive: true });
  const draft = `${kept}.${String(process.pid)}`;
  writeFileSync(draft, Buffer.from(await folder.arrayBuffer()));
  renameSync(draft, kept);
  return postgres;
}
