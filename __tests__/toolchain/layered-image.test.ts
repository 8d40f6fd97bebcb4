import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keyOf, type Recipe } from '../../toolchain/artifact';
import { tagOf } from '../../toolchain/image';
import { layeredImage } from '../../toolchain/layered-image';
import { sources } from '../../toolchain/sources';
import { tar, tarMembers } from '../../toolchain/tar';

const BASE_LAYER = 'a'.repeat(64);
const base: Recipe = { id: 'image-base', title: 'a base', settings: {}, build: () => Promise.resolve() };
const recipe = layeredImage({
  name: 'layered',
  base,
  context: { 'platform/charts/gateway': 'charts/gateway', 'platform/mlops': 'mlops' },
  made: {
    'platform/node_modules/.cache/made': (file) => {
      writeFileSync(file, 'made of the others');
      return Promise.resolve();
    },
  },
});

interface Blob {
  readonly digest: string;
  readonly size: number;
}

let folder: string;
const artifact = () => join(folder, 'layered');

async function build(): Promise<void> {
  rmSync(artifact(), { recursive: true, force: true });
  mkdirSync(artifact());
  const { signal } = new AbortController();
  await recipe.build({
    folder: artifact(),
    input: () => join(folder, 'base'),
    report: () => undefined,
    signal,
  });
}

function blob({ digest, size }: Blob): Buffer {
  const found = tarMembers(join(artifact(), 'image.tar')).get(`blobs/${digest.replace(':', '/')}`);
  if (found === undefined) throw new Error(`no blob ${digest}`);
  const content = found.read();
  expect(content).toHaveLength(size);
  expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(digest);
  return content;
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

const json = (content: Buffer) => JSON.parse(content.toString()) as never;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layered-'));
  const config = {
    architecture: 'amd64',
    config: { Entrypoint: ['/platform/mlops'], User: '65532:65532' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${BASE_LAYER}`] },
    history: [{ created_by: 'the base' }],
  };
  const file = (path: string, content: string | Buffer) => ({
    path,
    mode: 0o644,
    content: Buffer.from(content),
  });
  mkdirSync(join(folder, 'base'));
  writeFileSync(
    join(folder, 'base/image.tar'),
    tar([
      file('layer.tar', Buffer.alloc(3_000)),
      file('config.json', JSON.stringify(config)),
      file('manifest.json', JSON.stringify([{ Config: 'config.json', Layers: ['layer.tar'] }])),
    ]),
  );
  await build();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('an image that is one layer on another', () => {
  it('is the other one, started the same way, with one more layer', () => {
    const index: { manifests: (Blob & { annotations: object })[] } = json(
      tarMembers(join(artifact(), 'image.tar')).get('index.json')?.read() ?? Buffer.alloc(0),
    );
    const [described] = index.manifests;
    expect(described?.annotations).toMatchObject({ 'io.containerd.image.name': tagOf(recipe) });
    const manifest: { config: Blob; layers: Blob[] } = json(blob(there(described)));
    const layer = readFileSync(join(artifact(), 'layer.tar'));
    const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
    expect(manifest.layers).toMatchObject([
      { digest: `sha256:${BASE_LAYER}`, size: 3_000 },
      { digest, size: layer.length },
    ]);
    expect(blob(there(manifest.layers[1]))).toEqual(layer);
    expect(json(blob(manifest.config))).toMatchObject({
      architecture: 'amd64',
      config: { Entrypoint: ['/platform/mlops'], User: '65532:65532' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${BASE_LAYER}`, digest] },
    });
  });

  it('holds nothing of the other one', () => {
    const names = [...tarMembers(join(artifact(), 'image.tar')).keys()];
    expect(names.filter((name) => name.startsWith('blobs/'))).toHaveLength(3);
    expect(names.join()).not.toContain(BASE_LAYER);
  });

  it('adds the files of the repository, and what is made of them later', () => {
    execFileSync('tar', ['--extract', '--file', join(artifact(), 'layer.tar'), '--directory', folder]);
    const read = (path: string) => readFileSync(join(folder, path), 'utf8');
    expect(read('platform/charts/gateway/Chart.yaml')).toBe(
      readFileSync('charts/gateway/Chart.yaml', 'utf8'),
    );
    expect(read('platform/node_modules/.cache/made')).toBe('made of the others');
    const newer = execFileSync(
      'find',
      [join(folder, 'platform'), '-newer', join(folder, 'platform/mlops'), '-type', 'f'],
      {
        encoding: 'utf8',
      },
    );
    expect(newer.trim()).toBe(join(folder, 'platform/node_modules/.cache/made'));
  });

  it('is the same from the same files', async () => {
    const first = readFileSync(join(artifact(), 'image.tar'));
    await build();
    expect(readFileSync(join(artifact(), 'image.tar')).equals(first)).toBe(true);
  });
});

describe.each(['upstream', 'packages'] as const)('the platform’s image from %s', (source) => {
  const { recipe: platform } = sources[source].images.platform;

  it('keeps all but its last layer while locks and tools stay', () => {
    const files = [platform.base?.files ?? []].flat();
    expect(files).toEqual(expect.arrayContaining(['package-lock.json', 'ci/requirements.lock']));
    expect(
      files.filter((path) => !/(^\.npmrc|package(-lock)?\.json|\.lock|\/Dockerfile)$/.test(path)),
    ).toEqual([]);
    expect(platform.files).toEqual(expect.arrayContaining(['charts', 'cli', 'stacks', 'models/fraud']));
    expect(platform.needs).toEqual([platform.base]);
    expect(keyOf(platform)).not.toBe(keyOf(there(platform.base)));
  });
});
