import { setImmediate as poll } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';

import { turn } from '../../../model-server/src/protocol/turn';

describe('turns of long work', () => {
  it('come one a poll of the sockets, in order, however many wait', async () => {
    const done: number[] = [];
    const work = async (number: number): Promise<void> => {
      for (let piece = 0; piece < 2; piece++) {
        await turn();
        done.push(number);
      }
    };
    const all = Promise.all([1, 2, 3].map(work));
    const seen: number[] = [];
    while (done.length < 6) {
      seen.push(done.length);
      await poll();
    }
    await all;
    expect(done).toEqual([1, 2, 3, 1, 2, 3]);
    expect(seen.every((count, index) => index === 0 || count - (seen[index - 1] ?? 0) <= 1)).toBe(true);
  });

  it('come at once to the first who asks, also after others had theirs', async () => {
    for (let round = 0; round < 3; round++) {
      let had = false;
      void turn().then(() => (had = true));
      await poll();
      expect(had).toBe(true);
    }
  });
});
