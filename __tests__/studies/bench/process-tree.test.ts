import { spawn } from 'node:child_process';

import { describe, expect, it } from '@jest/globals';

import {
  busyTicks,
  processTree,
  residentBytes,
  residentKb,
  ticks,
} from '../../../studies/bench/process-tree';

describe('reading /proc', () => {
  it('adds user and system time of a process and of its ended children, whatever its name', () => {
    const stat = '7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 12 3 400 50 20 0 11 0 1000 2000 300';
    expect(ticks(stat)).toBe(12 + 3 + 400 + 50);
  });

  it('reads resident memory', () => {
    expect(residentKb('Name:\tnode\nVmHWM:\t  900 kB\nVmRSS:\t  812 kB\nThreads:\t11\n')).toBe(812);
  });

  it('counts nothing for a process that is gone', () => {
    expect(ticks('')).toBe(0);
    expect(residentKb('')).toBe(0);
  });

  it('counts all work of a core, and only work', () => {
    const stat = 'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 4 1000 1000 8 16 32 7 7\ncpu1 0 0 0 5 0 0 0 0 0 0\n';
    expect(busyTicks(stat, 0)).toBe(1 + 2 + 4 + 8 + 16 + 32);
    expect(busyTicks(stat, 1)).toBe(0);
  });

  it('finds the children of a process', async () => {
    const child = spawn('sleep', ['60']);
    await new Promise((resolve) => child.once('spawn', resolve));
    try {
      expect(processTree(process.pid)).toContain(child.pid);
      expect(residentBytes([process.pid])).toBeGreaterThan(1e6);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
