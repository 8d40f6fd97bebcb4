import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../contracts/repository';
import { imageReference } from './images';
import { execute } from './process';
import type { ImageSource } from './source';

const PATIENCE_MS = 15_000;
const ACCEPT =
  'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
const FOLDER = join(ROOT, 'images/model-server');

/** An image of this checkout in an OCI registry. */
export interface Published {
  /** `repository:tag`. */
  readonly name: string;
  /** Whether it was there before. */
  readonly wasThere: boolean;
}

export interface PublishOptions {
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Builds the model server, the base of packaged models, and pushes it; without a container engine, from the packages
 * that are installed. Needs `crane` and a writable /app. Under its tag there is the whole image or none.
 * @param registry host[:port]/path
 * @throws PreparationError commandFailed, interrupted
 */
export async function publishModelServer(
  registry: string,
  source: ImageSource,
  { report, signal }: PublishOptions,
): Promise<Published> {
  const reference = imageReference('model-server', source);
  const name = reference.slice(reference.indexOf('/') + 1);
  if (await isThere(registry, name)) return { name, wasThere: true };

  const run = (file: string, args: readonly string[]) =>
    execute(file, args, { report, ...(signal === undefined ? {} : { signal }) });
  const folder = await mkdtemp(join(tmpdir(), 'model-server-'));
  try {
    const files = join(folder, 'files');
    const layer = join(folder, 'layer.tar');
    await run(join(FOLDER, 'assemble'), [ROOT, files]);
    await run('tar', [
      ...['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'],
      ...['--create', '--file', layer, '--directory', files, '.'],
    ]);
    const target = `${registry}/${name}`;
    const unfinished = `${target}-unfinished`;
    await run('crane', ['append', '--insecure', '--oci-empty-base', '-f', layer, '-t', unfinished]);
    const config = imageConfig(await readFile(join(FOLDER, 'Dockerfile'), 'utf8'));
    await run('crane', ['mutate', '--insecure', ...mutations(config), '-t', target, unfinished]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { name, wasThere: false };
}

async function isThere(registry: string, name: string): Promise<boolean> {
  const [repository = '', tag = ''] = name.split(':');
  const [host = '', ...path] = registry.split('/');
  const address = `http://${host}/v2/${[...path, repository].join('/')}/manifests/${tag}`;
  const { status } = await fetch(address, {
    method: 'HEAD',
    headers: { accept: ACCEPT },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (status !== 200 && status !== 404) throw new Error(`${address} answered ${String(status)}`);
  return status === 200;
}

/** How an image starts. */
export interface ImageConfig {
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly user: string;
  readonly workdir: string;
  readonly port: string;
  readonly entrypoint: readonly string[];
}

/** What the last stage of a Dockerfile says of it, for the instructions that ours uses. */
export function imageConfig(dockerfile: string): ImageConfig {
  const lines = dockerfile.split('\n');
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const value = (instruction: string) => {
    const line = stage.find((each) => each.startsWith(`${instruction} `));
    if (line === undefined) throw new Error(`the last stage of the Dockerfile has no ${instruction}`);
    return line.slice(instruction.length + 1);
  };
  return {
    env: value('ENV').split(' '),
    user: value('USER'),
    workdir: value('WORKDIR'),
    port: value('EXPOSE'),
    entrypoint: JSON.parse(value('ENTRYPOINT')) as string[],
  };
}

function mutations({ env, user, workdir, port, entrypoint }: ImageConfig): string[] {
  return [
    ...env.flatMap((each) => ['--env', each]),
    ...['--user', user, '--workdir', workdir, '--exposed-ports', `${port}/tcp`],
    ...['--entrypoint', entrypoint.join(',')],
    ...['--set-platform', 'linux/amd64'],
  ];
}
