import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually, within } from './within';

describe('within', () => {
  it('gives what came in time', async () => {
    await expect(within(5, 'an answer', () => Promise.resolve(42))).resolves.toBe(42);
  });

  it('says what it waited for, and what was seen last, though the work never ends', async () => {
    const never = () => new Promise<never>(() => undefined);
    await expect(within(0.05, 'an answer of MLflow', never, () => 'HTTP 503')).rejects.toThrow(
      'waited 0.05 s for an answer of MLflow; seen last: HTTP 503',
    );
  });

  it('tells the work that nobody waits any more', async () => {
    let told = false;
    const work = async (signal: AbortSignal) => {
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      told = signal.aborted;
    };
    await expect(within(0.05, 'a command', work)).rejects.toThrow('waited 0.05 s for a command');
    await sleep(10);
    expect(told).toBe(true);
  });

  it('says what failed, and why', async () => {
    const refused = () => Promise.reject(new Error('connect ECONNREFUSED'));
    await expect(within(5, 'an answer of MLflow', refused)).rejects.toThrow(
      /^an answer of MLflow, after \d+\.\d s: connect ECONNREFUSED$/,
    );
  });
});

describe('eventually', () => {
  it('looks until there is something, over looks that fail', async () => {
    let looks = 0;
    const found = await eventually(
      5,
      'the third look',
      () => {
        looks += 1;
        if (looks === 1) return Promise.reject(new Error('refused'));
        return Promise.resolve(looks === 3 ? looks : undefined);
      },
      1,
    );
    expect(found).toBe(3);
  });

  it('says what the last look saw', async () => {
    const look = (seen: (what: string) => void) => {
      seen('a weight of 20 %');
      return Promise.resolve(undefined);
    };
    await expect(eventually(0.05, 'a weight of 0 %', look, 1)).rejects.toThrow(
      'waited 0.05 s for a weight of 0 %; seen last: a weight of 20 %',
    );
  });

  it('ends a look that never does', async () => {
    const look = (seen: (what: string) => void) => {
      seen('asking the gateway');
      return new Promise<undefined>(() => undefined);
    };
    await expect(eventually(0.05, 'a weight of 0 %', look)).rejects.toThrow('seen last: asking the gateway');
  });
});
