import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  crane,
  registryProgram,
  smallImage,
  startRegistry,
  type RunningRegistry,
} from './support/oci-registry';
import { mirrored, publishIndex } from './stand-ins/publish';

const hasPrograms = crane !== undefined && registryProgram !== undefined;
const PINNED = `docker.io/library/small:1@sha256:${'0'.repeat(64)}`;

// Both programs are there once a platform from packages was prepared.
(hasPrograms ? describe : describe.skip)('a stand-in of a published image', () => {
  let folder: string;
  let registry: RunningRegistry;
  let reference: string;
  const ask = (...args: string[]) => execFileSync(crane ?? '', args, { encoding: 'utf8' });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stand-ins-'));
    registry = await startRegistry(join(folder, 'registry'));
    const target = { crane: crane ?? '', host: registry.host, folder: join(folder, 'pushed') };
    reference = publishIndex(target, smallImage(folder), PINNED);
  });

  afterAll(() => {
    registry.stop();
    rmSync(folder, { recursive: true });
  });

  test('has the name and tag of the original, and a digest of its own', () => {
    expect(reference).toMatch(/^docker\.io\/library\/small:1@sha256:[0-9a-f]{64}$/);
    expect(reference).not.toBe(PINNED);
  });

  test('is an index of two platforms and an attestation', () => {
    const index = JSON.parse(ask('manifest', `${registry.host}/${reference}`)) as {
      manifests: { platform: { os: string; architecture: string } }[];
    };
    const platforms = index.manifests.map(({ platform: { os, architecture } }) => `${os}/${architecture}`);
    expect(platforms.sort()).toEqual(['linux/amd64', 'linux/arm64', 'unknown/unknown']);
  });

  test('differs between platforms', () => {
    const layers = (platform: string) =>
      ask('export', '--platform', platform, `${registry.host}/${reference}`, '-');
    expect(layers('linux/amd64')).toContain('content');
    expect(layers('linux/arm64')).toContain('Stands in for docker.io/library/small:1 on linux/arm64.');
  });
});

test('a registry of this machine is asked before those that images are published in', () => {
  expect(mirrored('127.0.0.1:5555').split('\n\n')[0]).toMatchInlineSnapshot(`
    "[[registry]]
    prefix = "docker.io"
    location = "docker.io"
    [[registry.mirror]]
    location = "127.0.0.1:5555/docker.io"
    insecure = true"
  `);
});
