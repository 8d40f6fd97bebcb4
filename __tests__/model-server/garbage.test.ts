import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { GarbageLimit } from '../../model-server/src/garbage';

const MIB = 2 ** 20;

/** Bytes in use, and garbage that a collection frees at once. */
class Heap {
  collections = 0;

  constructor(
    public inUse = 0,
    public garbage = 0,
  ) {}

  bytes(): number {
    return this.inUse + this.garbage;
  }

  collect(): void {
    this.collections++;
    this.garbage = 0;
  }
}

describe('garbage', () => {
  it('is collected once it is as much as the limit, whatever the start has left', () => {
    const heap = new Heap(50 * MIB);
    const garbage = new GarbageLimit(heap, 16 * MIB);
    heap.garbage = 16 * MIB - 1;
    garbage.check();
    expect(heap.collections).toBe(0);
    heap.garbage = 16 * MIB;
    garbage.check();
    expect(heap).toMatchObject({ collections: 1, garbage: 0 });
  });

  it('is not looked for again while buffers are in use', () => {
    const heap = new Heap();
    const garbage = new GarbageLimit(heap, 16 * MIB);
    heap.inUse = 60 * MIB;
    for (let check = 0; check < 5; check++) garbage.check();
    expect(heap.collections).toBe(1);
  });

  it('counts from what is in use now, not from what once was', () => {
    const heap = new Heap();
    const garbage = new GarbageLimit(heap, 16 * MIB);
    heap.inUse = 60 * MIB;
    garbage.check();
    heap.inUse = 0;
    garbage.check();
    heap.garbage = 16 * MIB;
    garbage.check();
    expect(heap.collections).toBe(2);
  });

  it('of buffers is freed by Node, where V8 alone would wait', async () => {
    expect(await mebibytesOf('')).toBeGreaterThan(30);
    expect(await mebibytesOf('limitGarbage();')).toBeLessThan(25);
  }, 30_000);
});

/** MiB of buffers while 20 are in use and 40 no longer, in a process of its own: jest's heap is collected for other reasons. */
async function mebibytesOf(start: string): Promise<number> {
  const program = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { limitGarbage } from './model-server/src/garbage.ts';
    ${start}
    const buffers = (count) => Array.from({ length: count }, () => Buffer.alloc(${MIB}));
    let inUse = buffers(40);
    await sleep(300);
    inUse = buffers(20);
    await sleep(500);
    console.log(process.memoryUsage().arrayBuffers / ${MIB}, inUse.length);`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number.parseFloat(stdout);
}
