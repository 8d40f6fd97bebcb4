import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first that resolves the names of upstreams again, in its free edition. */
const MINIMUM = [1, 27, 3];
const MODULES = '/usr/lib/nginx/modules';

export interface NginxProgram {
  readonly command: readonly string[];
  /** Folder of the njs module. */
  readonly modules: string;
}

/**
 * nginx with njs: the one in the file system at NGINX_ROOT (an unpacked root-nginx), run by that root's own loader and
 * libraries, else the machine's. Undefined where the machine has none.
 */
export function findNginx(): NginxProgram | undefined {
  const root = process.env.NGINX_ROOT;
  if (root !== undefined && root !== '') {
    const loader = ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/ld-linux-aarch64.so.1']
      .map((path) => join(root, path))
      .find((path) => existsSync(path));
    const libraries = ['x86_64', 'aarch64'].map((arch) => join(root, `usr/lib/${arch}-linux-gnu`)).join(':');
    if (loader === undefined) throw new Error(`NGINX_ROOT=${root} holds no Debian system`);
    const program = {
      command: [loader, '--library-path', libraries, join(root, 'usr/sbin/nginx')],
      modules: join(root, MODULES),
    };
    if (!suits(program)) throw new Error(`NGINX_ROOT=${root} holds no nginx of at least 1.27.3 with njs`);
    return program;
  }
  const own = { command: ['nginx'], modules: MODULES };
  return suits(own) ? own : undefined;
}

export const NGINX_MISSING =
  'skipped: no nginx of at least 1.27.3 with njs on this machine; install it, or run make test-gateway';

function suits({ command: [program = '', ...args], modules }: NginxProgram): boolean {
  const { stderr, error } = spawnSync(program, [...args, '-v'], { encoding: 'utf8' });
  const version = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(error === undefined ? stderr : '');
  if (version === null) return false;
  const found = version.slice(1).map(Number);
  const differs = found.findIndex((part, index) => part !== MINIMUM[index]);
  const newEnough = differs === -1 || (found[differs] ?? 0) > (MINIMUM[differs] ?? 0);
  return newEnough && existsSync(join(modules, 'ngx_http_js_module.so'));
}

/** Puts a command `nginx` into the folder. */
export function linkNginx({ command }: NginxProgram, folder: string): void {
  const path = join(folder, 'nginx');
  writeFileSync(path, `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
}
