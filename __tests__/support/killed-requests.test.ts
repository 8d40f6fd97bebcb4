import { describe, expect, it } from '@jest/globals';
import { notHeld } from './killed-requests';

const KILLS = [
  { before: 1000, after: 1005 },
  { before: 5000, after: 5005 },
];

describe('requests that failed', () => {
  it('were held when they were under way at a kill', () => {
    expect(
      notHeld(
        [
          { sentAt: 990, endedAt: 1002 },
          { sentAt: 4000, endedAt: 9000 },
        ],
        KILLS,
      ),
    ).toEqual([]);
  });

  it('were held when the client could not know yet', () => {
    expect(notHeld([{ sentAt: 1100, endedAt: 1101 }], KILLS)).toEqual([]);
  });

  it('were not when they ended before, or began later', () => {
    const before = { sentAt: 900, endedAt: 999 };
    const later = { sentAt: 1106, endedAt: 1107 };
    expect(notHeld([before, later], KILLS)).toEqual([before, later]);
    expect(notHeld([before], [])).toEqual([before]);
  });
});
