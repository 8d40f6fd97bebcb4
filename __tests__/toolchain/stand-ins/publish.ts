import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where crane stores images, and where the registry has what it stores for `docker.io/…`: below the same name. */
interface Target {
  readonly crane: string;
  /** host:port of a registry on this machine. */
  readonly host: string;
  /** Folder for what is pushed. */
  readonly folder: string;
}

/**
 * Pushes a docker-archive as official images are: as an index of two platforms, with a manifest beside them that holds no
 * image. The other platform's is a notice; whoever runs it by mistake is told by the kernel.
 * @param reference `host/repository:tag`, a digest after it does not count
 * @returns the reference with the digest of the index
 */
export function publishIndex({ crane, host, folder }: Target, archive: string, reference: string): string {
  const name = reference.replace(/@.*$/, '');
  const target = `${host}/${name}`;
  const run = (...args: string[]) =>
    execFileSync(crane, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  run('push', archive, `${target}-amd64`);
  run('mutate', '--set-platform', 'linux/amd64', '--tag', `${target}-amd64`, `${target}-amd64`);
  mkdirSync(folder, { recursive: true });
  const parts = Object.entries({ arm64: 'linux/arm64', attestation: 'unknown/unknown' }).map(
    ([part, platform]) => {
      const tag = `${target}-${part}`;
      const layer = join(folder, `${part}.tar`);
      writeFileSync(join(folder, part), `Stands in for ${name} on ${platform}.\n`);
      execFileSync('tar', ['--mtime=@0', '--owner=0', '--group=0', '-cf', layer, '-C', folder, part]);
      run('append', '--oci-empty-base', '--new_layer', layer, '--new_tag', tag);
      run('mutate', '--set-platform', platform, '--tag', tag, tag);
      rmSync(layer);
      return ['--manifest', tag];
    },
  );
  run('index', 'append', '--manifest', `${target}-amd64`, ...parts.flat(), '--tag', target);
  return `${name}@${run('digest', target)}`;
}

/** Registries that published images are pulled from. */
const REGISTRIES = ['docker.io', 'gcr.io', 'registry.k8s.io'];

/** A registries.conf that puts a registry on this machine in front of them. Source: containers-registries.conf(5). */
export function mirrored(host: string): string {
  return REGISTRIES.map((name) =>
    [
      '[[registry]]',
      `prefix = "${name}"`,
      `location = "${name}"`,
      '[[registry.mirror]]',
      `location = "${host}/${name}"`,
      'insecure = true',
      '',
    ].join('\n'),
  ).join('\n');
}
