import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { allImages, imageSteps } from '../../../cli/src/cluster/images';
import { loadedImages } from '../../../cli/src/cluster/kind';
import { CI_IMAGES } from '../../../contracts/images';
import { platformImages } from '../../../toolchain/index';
import type { Session } from '../../../cli/src/session';
import { restoreEnv, stubEnv } from '../../support/env';
import { testPlatform } from '../../stacks/support';
import { crane, registryProgram, startRegistry } from '../../toolchain/support/oci-registry';

const { config } = testPlatform();

describe('the images that mlops up prepares', () => {
  it.each(['upstream', 'packages'] as const)('are all of source %s with every part switched on', (source) => {
    expect(allImages({ config, source: { source, why: 'the test says so' } })).toEqual(
      platformImages(source),
    );
  });

  it.each(['upstream', 'packages'] as const)('leave out the CI’s where it is switched off: %s', (source) => {
    const withoutCi = { ...config, ci: { ...config.ci, enabled: false } };
    const left = allImages({ config: withoutCi, source: { source, why: 'the test says so' } });
    expect(platformImages(source).filter((name) => !left.includes(name))).toEqual([...CI_IMAGES]);
  });
});

describe('the images in the node', () => {
  const HEADER = 'REF TYPE DIGEST STATUS SIZE UNPACKED';
  const row = (reference: string, unpacked: boolean) =>
    `${reference}   application/vnd.oci.image.manifest.v1+json sha256:0a incomplete (1/3) 2.4 KiB/235.5 MiB ${String(unpacked)}`;

  /** An engine whose node answers so. */
  const loadedFrom = async (...rows: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'));
    try {
      const engine = join(folder, 'engine');
      writeFileSync(engine, `#!/bin/sh\ncat <<'END'\n${[HEADER, ...rows].join('\n')}\nEND\n`, {
        mode: 0o755,
      });
      return await loadedImages('mlops', { engine, env: {}, signal: new AbortController().signal });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('are those that are unpacked, with or without their layers', async () => {
    expect(await loadedFrom(row('mlops/whole:1', true), row('mlops/interrupted:1', false))).toEqual([
      'mlops/whole:1',
    ]);
  });

  it('are all where containerd unpacks into another snapshotter than ctr asks', async () => {
    expect(await loadedFrom(row('mlops/whole:1', false), row('mlops/other:2', false))).toEqual([
      'mlops/whole:1',
      'mlops/other:2',
    ]);
  });

  it('are none in a new node', async () => {
    expect(await loadedFrom()).toEqual([]);
  });
});

const describeWith = crane !== undefined && registryProgram !== undefined ? describe : describe.skip;

afterEach(restoreEnv);

describeWith('the images of a registry of one’s own', () => {
  it.each(['upstream', 'packages'] as const)(
    'are all pushed there, so that nodes pull nothing from elsewhere: %s',
    async (source) => {
      const folder = mkdtempSync(join(tmpdir(), 'images-'));
      // Where the source has not prepared crane, it is the one on PATH, as in pods.
      stubEnv({ PATH: `${dirname(crane ?? '')}:${process.env.PATH ?? ''}` });
      const registry = await startRegistry(folder);
      try {
        const images = { source, registry: `${registry.host}/ml` };
        const signal = new AbortController().signal;
        const session = { config: { ...config, images }, source: { source, why: '' }, signal } as Session;
        const names = allImages(session);
        const steps = await imageSteps(session, names);
        expect(steps.map(({ title }) => title)).toEqual(
          names.map((name) => `push ${name} to ${registry.host}/ml`),
        );
        expect(names).toEqual(expect.arrayContaining(['postgres', 'nginx', 'model-server']));
        // The registry itself is not needed there.
        expect(names).not.toContain('oci-registry');
      } finally {
        registry.stop();
        rmSync(folder, { recursive: true });
      }
    },
  );
});
