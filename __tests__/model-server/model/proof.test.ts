import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { bundle } from '../../../model-server/build';
import { loadModel } from '../../../model-server/src/model/model';
import { METADATA, readFixture, writePackage } from '../../../model-server/testing/package';
import type { PackageChanges } from '../../../model-server/testing/package';
import { spawnServer } from '../../../model-server/testing/server-process';
import { proofOf } from '../../../model-server/testing/trees/proof';

// Below the real bundle: ONNX Runtime is found from there.
const FOLDER = fileURLToPath(new URL(`../../../model-server/dist/proof-${process.pid}`, import.meta.url));
const BUNDLE = join(FOLDER, 'main.mjs');

const proof = await proofOf(await readFixture('tiny.onnx'), 4);
/** The proof with the last score changed. */
const wrong = Buffer.from(proof);
wrong.writeFloatLE(2, wrong.byteLength - 4);

async function load(changes: PackageChanges): Promise<Record<string, unknown>> {
  const { scorer, provenAt, notCompiled } = await loadModel(await writePackage(changes), '1');
  return { scorer, provenAt, notCompiled };
}

describe('compiled trees', () => {
  it('are served on the proof of the package', async () => {
    expect(await load({ proof })).toEqual({ scorer: 'trees', provenAt: 'packaging', notCompiled: undefined });
  });

  it('are compared with ONNX Runtime where the package has none', async () => {
    expect(await load({})).toEqual({ scorer: 'trees', provenAt: 'start', notCompiled: undefined });
  });

  it('are left to ONNX Runtime where one score of the package is another', async () => {
    expect(await load({ proof: wrong })).toMatchObject({
      scorer: 'onnxruntime',
      provenAt: undefined,
      notCompiled: { reason: 'parity-failed', detail: expect.stringContaining('in row 255 of 256') },
    });
  });
});

describe('a proof does not stand in for the signature', () => {
  it.each([
    ['input-five-features.onnx', 'signature-mismatch'],
    ['input-fixed-batch.onnx', 'signature-mismatch'],
  ])('%s is refused: %s', async (onnx, reason) => {
    await expect(load({ onnx, proof })).rejects.toMatchObject({ reason });
  });

  it('a vector of scores is refused', async () => {
    const outputs = [{ name: 'score', datatype: 'FP32', shape: [-1] }];
    const metadata = { signature: { ...METADATA.signature, outputs } };
    await expect(load({ metadata, proof })).rejects.toMatchObject({ reason: 'signature-mismatch' });
  });
});

describe('ONNX Runtime', () => {
  beforeAll(() => bundle(BUNDLE), 30_000);
  afterAll(() => rm(FOLDER, { recursive: true }));

  it.each([
    ['is not loaded', 'with', { proof }, false],
    ['is loaded', 'without', {}, true],
    ['is loaded', 'with a wrong', { proof: wrong }, true],
  ] as const)(
    '%s %s proof',
    async (_verb, _which, changes, loaded) => {
      const server = spawnServer(BUNDLE, { MODEL_DIR: await writePackage(changes), DRAIN_SECONDS: '0' });
      await server.ready;
      const maps = readFileSync(`/proc/${server.pid}/maps`, 'utf8');
      server.kill('SIGTERM');
      expect(await server.exit).toBe(0);
      expect(maps.includes('onnxruntime')).toBe(loaded);
    },
    30_000,
  );
});
