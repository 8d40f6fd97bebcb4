import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { bundle } from '../../../model-server/build';
import { writePackage } from '../../../model-server/testing/package';
import { restartUnderLoad } from '../../../studies/drain/restarts';

// Below the real bundle: ONNX Runtime is found from there.
const FOLDER = fileURLToPath(new URL(`../../../model-server/dist/drain-${process.pid}`, import.meta.url));
const BUNDLE = join(FOLDER, 'main.mjs');

beforeAll(async () => {
  await bundle(BUNDLE);
}, 30_000);

afterAll(async () => {
  await rm(FOLDER, { recursive: true });
});

it('three restarts under mixed load lose no request', async () => {
  const modelDir = await writePackage();
  const result = await restartUnderLoad({ bundle: BUNDLE, modelDir, restarts: 3, drainSeconds: 0.6 });
  expect(result.lost).toEqual([]);
  expect(result.drained).toBe(3);
  expect(result.requests).toBeGreaterThan(100);
  expect(result.toldToClose).toBeGreaterThanOrEqual(3);
}, 60_000);
