import { rm } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { bundle } from '../../../model-server/build';
import { mutantFamilies } from '../../../model-server/testing/mutants';
import { writeFiles } from '../../../model-server/testing/mutants/mutant';
import { spawnServer } from '../../../model-server/testing/server-process';

// Below the real bundle: ONNX Runtime is found from there.
const FOLDER = fileURLToPath(new URL(`../../../model-server/dist/mutants-${process.pid}`, import.meta.url));
const BUNDLE = join(FOLDER, 'main.mjs');

/** One of each: what is refused before ONNX Runtime, by it, and after it. */
const FAMILIES = [
  'flipped bits after packaging',
  'a wrong value in model.json',
  'a wrong reference.json',
  'external data',
  'operators that do not exist',
  'another input',
  'a graph that hangs together badly',
  'a damaged classifier',
];
const SAMPLES = mutantFamilies()
  .filter(({ name }) => FAMILIES.includes(name))
  .map(({ name, mutants }) => ({ name, mutant: mutants[Math.floor(mutants.length / 2)] }));

jest.setTimeout(30_000);

async function freePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

beforeAll(() => bundle(BUNDLE));

afterAll(async () => {
  await rm(FOLDER, { recursive: true });
});

describe('a process', () => {
  it.each(SAMPLES)(
    'refuses $name with code 1 and one fatal line, its port never open',
    async ({ mutant }) => {
      const { files = {}, reasons = [] } = mutant ?? {};
      const port = await freePort();
      const server = spawnServer(BUNDLE, { MODEL_DIR: await writeFiles(files), PORT: String(port) });
      const ended = new AbortController();
      void server.exit.then(() => {
        ended.abort();
      });
      const open: boolean[] = [];
      while (!ended.signal.aborted) {
        open.push(await accepts(port));
        await sleep(20);
      }
      expect(await server.exit).toBe(1);
      expect(server.log).toEqual([expect.objectContaining({ level: 'fatal' })]);
      expect(reasons).toContain(server.log[0]?.reason);
      expect(open).not.toContain(true);
    },
  );

  it('is tested with a mutant of each kind', () => {
    expect(SAMPLES).toHaveLength(FAMILIES.length);
  });
});
