import { describe, expect, it } from '@jest/globals';

import { expectThat } from './expect-that';

function failure(check: () => void): Error {
  try {
    check();
  } catch (error) {
    return error as Error;
  }
  throw new Error('the check passed');
}

describe('a failure of expectThat', () => {
  it('begins with the message, in what jest prints too', () => {
    const { message, stack } = failure(() => {
      expectThat(2, 'all that it printed').toBe(1);
    });
    expect(message).toMatch(/^all that it printed\n\n[^]*Expected: .*1/);
    expect(stack).toMatch(/^all that it printed\n\n/);
  });

  it('begins with the message when negated', () => {
    const { message } = failure(() => {
      expectThat(1, 'negated').not.toBe(1);
    });
    expect(message).toMatch(/^negated\n\n/);
  });

  it('begins with the message when it comes later', async () => {
    await expect(expectThat(Promise.resolve(2), 'later').resolves.toBe(1)).rejects.toThrow(/^later\n\n/);
  });
});

it('expectThat passes where expect does', async () => {
  expectThat(1, 'one').toBe(1);
  expectThat(1, 'one').not.toBe(2);
  await expectThat(Promise.reject(new Error('no')), 'refused').rejects.toThrow('no');
});
