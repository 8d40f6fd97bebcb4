import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, chownSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

export interface RunningPostgres {
  readonly url: string;
  readonly version: string;
  stop(): Promise<void>;
}

/** Where Debian keeps its servers, one folder per version. */
const DEBIAN = '/usr/lib/postgresql';
/** Of a machine's user for this: PostgreSQL does not run as root. */
const NOBODY = 65_534;
const START_SECONDS = 60;

/** A PostgreSQL server of its own in a temporary folder, with the platform's limits of memory. */
export async function startPostgres(): Promise<RunningPostgres> {
  const programs = existsSync(DEBIAN) ? join(DEBIAN, readdirSync(DEBIAN).toSorted().at(-1) ?? '', 'bin') : '';
  if (!existsSync(join(programs, 'initdb')))
    throw new Error(`no PostgreSQL server in ${DEBIAN}; install Debian's package postgresql`);
  const folder = mkdtempSync(join(tmpdir(), 'exporter-study-'));
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const data = join(folder, 'data');
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], options);
  const port = await freePort();
  const settings = ['fsync=off', 'full_page_writes=off', 'max_wal_size=4GB', 'shared_buffers=128MB'];
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) =>
    server.once('exit', () => {
      resolve();
    }),
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const version = await answering(url);
  return {
    url,
    version,
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function answering(url: string): Promise<string> {
  const deadline = Date.now() + 1_000 * START_SECONDS;
  for (;;) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
      await client.end();
      return rows[0]?.server_version ?? 'unknown';
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
