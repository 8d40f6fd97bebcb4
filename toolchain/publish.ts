import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../contracts/repository';
import { nameInRegistry } from './images';
import { OciRegistry } from './oci-registry';
import { imagePlatform } from './platform';
import { execute } from './process';
import type { ImageSource } from './source';
import { crane } from './tools';

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
 * @param host host[:port][/path]
 * @throws PreparationError commandFailed, registryFailed, interrupted
 */
export async function publishModelServer(
  host: string,
  source: ImageSource,
  { report, signal }: PublishOptions,
): Promise<Published> {
  const name = nameInRegistry('model-server', source);
  const registry = new OciRegistry({ host, crane: crane(source), signal });
  if ((await registry.digest(name)) !== undefined) return { name, wasThere: true };

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
    const config = imageConfig(await readFile(join(FOLDER, 'Dockerfile'), 'utf8'));
    await registry.pushLayer(layer, settingsOf(config), name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { name, wasThere: false };
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

/** As options of `crane mutate`. */
function settingsOf({ env, user, workdir, port, entrypoint }: ImageConfig): string[] {
  return [
    ...env.flatMap((each) => ['--env', each]),
    ...['--user', user, '--workdir', workdir, '--exposed-ports', `${port}/tcp`],
    ...['--entrypoint', entrypoint.join(',')],
    ...['--set-platform', imagePlatform()],
  ];
}
