import { describe, expect, it } from '@jest/globals';
import { takeClaim } from '../../rollout/claim';
import type { Liveness } from '../../rollout/ports';
import { MemoryPlatform, MODEL, START } from './support/memory-ports';

const theirs = { who: 'bob@ci', host: 'ci', pid: 9, incarnation: '9', command: 'mlops deploy fraud@3' };

/** A platform on which bob's claim was renewed so many seconds ago. */
function claimed(liveness: Liveness, secondsAgo: number): MemoryPlatform {
  const platform = new MemoryPlatform();
  const renewed = new Date(START.getTime() - secondsAgo * 1000);
  platform.claims.set(MODEL, {
    revision: 1,
    record: { holder: theirs, acquired: renewed, renewed, seconds: 15, unfinished: theirs.command },
  });
  platform.liveness = () => liveness;
  return platform;
}

const take = (platform: MemoryPlatform) => takeClaim(platform.ports(), MODEL, 'mlops rollback fraud');

describe('somebody else’s claim', () => {
  it.each([
    ['alive', 1],
    ['alive', 60],
    ['unknown', 1],
  ] as const)('is respected: holder %s, renewed %d s ago', async (liveness, secondsAgo) => {
    await expect(take(claimed(liveness, secondsAgo))).rejects.toMatchObject({
      failure: { kind: 'claimed', holder: 'bob@ci (mlops deploy fraud@3, process 9)' },
    });
  });

  it('is taken over at once if the process is dead', async () => {
    const platform = claimed('dead', 1);
    expect((await take(platform)).unfinished).toBe('mlops deploy fraud@3');
    expect(platform.now - START.getTime()).toBeLessThan(1000);
  });

  it('is taken over if it has expired and is not renewed while we watch', async () => {
    const claim = await take(claimed('unknown', 60));
    expect(claim.unfinished).toBe('mlops deploy fraud@3');
  });

  it('is respected if renewed while we watch: clocks differ', async () => {
    const platform = claimed('unknown', 60);
    const ports = platform.ports();
    const sleep = () => {
      const found = platform.claims.get(MODEL);
      if (found) platform.claims.set(MODEL, { ...found, revision: 2 });
      return Promise.resolve();
    };
    await expect(
      takeClaim({ ...ports, clock: { ...ports.clock, sleep } }, MODEL, 'mlops rollback fraud'),
    ).rejects.toMatchObject({ failure: { kind: 'claimed' } });
  });
});

describe('our own claim', () => {
  it('is renewed, and reported lost if somebody took it over', async () => {
    const platform = new MemoryPlatform();
    const ports = platform.ports();
    let renew: () => void = () => undefined;
    const every = (_: number, callback: () => void) => {
      renew = callback;
      return () => undefined;
    };
    const claim = await takeClaim(
      { ...ports, clock: { ...ports.clock, every } },
      MODEL,
      'mlops rollback fraud',
    );
    const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
    renew();
    await settle();
    expect(platform.claims.get(MODEL)?.revision).toBe(2);
    expect(claim.isLost()).toBe(false);
    const found = platform.claims.get(MODEL);
    if (found) platform.claims.set(MODEL, { revision: 7, record: { ...found.record, holder: theirs } });
    renew();
    await settle();
    expect(claim.isLost()).toBe(true);
    await claim.release(true);
    expect(platform.claims.get(MODEL)?.record.holder).toEqual(theirs);
  });

  it.each([
    [true, undefined],
    [false, 'mlops rollback fraud'],
  ])('is given back; came to a clean end: %s', async (clean, unfinished) => {
    const platform = new MemoryPlatform();
    await (await take(platform)).release(clean);
    expect(platform.claims.get(MODEL)?.record).toMatchObject({ holder: undefined, unfinished });
  });
});
