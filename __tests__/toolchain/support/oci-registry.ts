import { execFileSync, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sources } from '../../../toolchain/sources';
import { defaultStore } from '../../../toolchain/store';
import { waitFor } from '../../support/wait-for';

/** Of bcrypt. */
const HASH = '$2b$04$Q9vY8u8LO/3lZ0c6U5bF4uf5Z2z6RjxZF9A4.nIIC5litNkdVOaDK';
export const LOGIN = { username: 'somebody', password: 'only for tests' } as const;

/** The registry's file of users. */
export const HTPASSWD = `${LOGIN.username}:${HASH}\n`;

const programOf = (recipe: Parameters<ReturnType<typeof defaultStore>['find']>[0], file: string) => {
  const folder = defaultStore().find(recipe);
  return folder === undefined ? undefined : join(folder, file);
};

/** Programs that a platform from packages has prepared; undefined on machines without one. */
export const crane = programOf(sources.packages.crane.recipe, 'crane');
const registryRecipe = sources.packages.images['oci-registry'].recipe.needs?.[0];
export const registryProgram = registryRecipe && programOf(registryRecipe, 'registry');

export interface RunningRegistry {
  readonly host: string;
  stop(): void;
}

/** The registry that the platform runs, on a free port; asks for a login where TLS is given. */
export async function startRegistry(
  folder: string,
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<RunningRegistry> {
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${String(await freePort())}`;
  const secured = tls && {
    auth: { htpasswd: { realm: 'registry', path: file('htpasswd', HTPASSWD) } },
  };
  const configuration = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: {
      addr: host,
      ...(tls && { tls: { certificate: file('cert.pem', tls.cert), key: file('key.pem', tls.key) } }),
    },
    ...secured,
  };
  const child = spawn(registryProgram ?? '', ['serve', file('config.yml', JSON.stringify(configuration))], {
    stdio: 'ignore',
    env: { OTEL_TRACES_EXPORTER: 'none' },
  });
  const scheme = tls ? 'https' : 'http';
  const args = ['--silent', '--insecure', '--fail', '--output', '/dev/null', `${scheme}://${host}/`];
  await waitFor(() => execFileSync('curl', args), { timeout: 20_000 });
  return { host, stop: () => void child.kill() };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes a small image as a docker-archive. @returns its file */
export function smallImage(folder: string, content = 'content'): string {
  const archive = join(folder, 'image.tar');
  writeFileSync(join(folder, 'content'), content);
  const layer = join(folder, 'layer.tar');
  execFileSync('tar', ['-cf', layer, '-C', folder, 'content']);
  const args = ['append', '--oci-empty-base', '--new_layer', layer, '--new_tag', 'localhost/mlops/small:1'];
  execFileSync(crane ?? '', [...args, '--output', archive], { stdio: 'ignore' });
  return archive;
}
