import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { basename, dirname, join } from 'node:path';
import type { Recipe } from '../../../toolchain/artifact';
import { packagesSource } from '../../../toolchain/packages/index';
import { thisPlatform } from '../../../toolchain/platform';
import type { Program } from '../../../toolchain/source';
import { releases } from '../../../toolchain/upstream/releases';

/** Finds or makes an artifact. @returns its folder */
export type Make = (recipe: Recipe) => Promise<string>;

export interface ReleasePages {
  /** In the place of https://github.com and https://kind.sigs.k8s.io. */
  readonly address: string;
  /** Of providers, as a network mirror of Terraform. */
  readonly providers: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  stop(): void;
}

/** Programs that the platform downloads, and ours that stand in for them. */
const PROGRAMS: Readonly<Partial<Record<keyof ReturnType<typeof releases>, Program>>> = {
  kind: packagesSource.kind,
  tofu: packagesSource.terraform,
  crane: packagesSource.crane,
};

/** Release pages with checksums, and a mirror of Terraform providers, served over TLS on a free port. */
export async function serveReleases(
  folder: string,
  tls: { readonly key: Buffer; readonly cert: Buffer },
  make: Make,
): Promise<ReleasePages> {
  const site = join(folder, 'site');
  for (const [name, { recipe, file }] of Object.entries(PROGRAMS))
    writeRelease(site, name as keyof typeof PROGRAMS, join(await make(recipe), file));
  if (packagesSource.providerMirror) writeMirror(site, await make(packagesSource.providerMirror));
  const asked: string[] = [];
  const server = createServer(tls, ({ url = '' }, response) => {
    asked.push(url);
    const file = join(site, url);
    if (existsSync(file)) {
      const type = file.endsWith('.json') ? 'application/json' : 'application/octet-stream';
      response.setHeader('content-type', type).end(readFileSync(file));
    } else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const address = `https://127.0.0.1:${String(port)}`;
  return {
    address,
    providers: `${address}/providers/`,
    asked,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A program as its project packs it, and the checksums beside it. */
function writeRelease(site: string, name: keyof typeof PROGRAMS, program: string): void {
  const { url, checksums, member } = releases(thisPlatform)[name];
  const target = join(site, new URL(url).pathname);
  mkdirSync(dirname(target), { recursive: true });
  if (member === undefined) cpSync(program, target);
  else {
    const packed = join(dirname(target), member);
    cpSync(program, packed);
    execFileSync('tar', ['-czf', target, '-C', dirname(target), member]);
    rmSync(packed);
  }
  const sum = createHash('sha256').update(readFileSync(target)).digest('hex');
  writeFileSync(join(site, new URL(checksums).pathname), `${sum}  ${basename(target)}\n`);
}

/** Source: Terraform, "Provider Network Mirror Protocol". */
function writeMirror(site: string, folder: string): void {
  const listed = (path: string) => readdirSync(join(folder, path));
  for (const host of listed('.'))
    for (const name of listed(join(host, 'hashicorp'))) {
      const provider = join(host, 'hashicorp', name);
      const target = join(site, 'providers', provider);
      mkdirSync(target, { recursive: true });
      const [version = ''] = listed(provider);
      const [platform = ''] = listed(join(provider, version));
      const archive = `${name}_${version}_${platform}.zip`;
      const content = join(folder, provider, version, platform);
      execFileSync('python3', [
        ...['-m', 'zipfile', '--create', join(target, archive)],
        ...listed(join(provider, version, platform)).map((file) => join(content, file)),
      ]);
      const json = (file: string, value: object) => {
        writeFileSync(join(target, file), JSON.stringify(value));
      };
      json('index.json', { versions: { [version]: {} } });
      json(`${version}.json`, { archives: { [platform]: { url: archive } } });
    }
}
