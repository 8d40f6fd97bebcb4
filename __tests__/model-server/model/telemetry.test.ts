import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { bundle } from '../../../model-server/build';
import { writePackage } from '../../../model-server/testing/package';
import { spawnServer } from '../../../model-server/testing/server-process';

// Below the real bundle: ONNX Runtime is found from there.
const FOLDER = fileURLToPath(new URL(`../../../model-server/dist/telemetry-${process.pid}`, import.meta.url));
const BUNDLE = join(FOLDER, 'main.mjs');

beforeAll(() => bundle(BUNDLE), 30_000);

afterAll(async () => {
  await rm(FOLDER, { recursive: true });
});

it('ONNX Runtime sends no telemetry: it leaves no device id where the server may write', async () => {
  const home = await mkdtemp(join(tmpdir(), 'home-'));
  const server = spawnServer(BUNDLE, { HOME: home, MODEL_DIR: await writePackage(), DRAIN_SECONDS: '0' });
  await server.ready;
  server.kill('SIGTERM');
  expect(await server.exit).toBe(0);
  expect(await readdir(home)).toEqual([]);
}, 30_000);
