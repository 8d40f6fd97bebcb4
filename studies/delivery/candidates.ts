import type { PairedGate, PairedTally } from '../../contracts/canary';
import { binomial } from './draw';
import type { Random } from '../silence/history/random';

/** What a candidate does to requests and decisions; the champion is `like the champion` to itself. */
export interface Kind {
  readonly name: string;
  /** Share of requests that fail, beyond the champion's. */
  readonly errors?: number;
  /** Share of requests over the latency objective, in place of the champion's. */
  readonly slow?: number;
  /** Seconds after which a request counts: a hung pod is given up on after `limits.answerSeconds` of the gateway. */
  readonly lateSeconds?: number;
  readonly constantScore?: boolean;
  /** How many times as often as the champion it decides positive; 1 to 2 times, or 1 to 1/2 times, where not stated. */
  readonly positives?: number;
  /** Share of logged positives, and negatives, that only the champion decides rightly. */
  readonly wrong?: Readonly<Record<PairedGate, number>>;
}

/** Rows on which two equal models disagree, either way: a retrained model is not the same. */
const DISAGREE = { missed: 0.02, falseAlarms: 0.001 } as const;

export const SAME: Kind = { name: 'like the champion' };

export const WORSE: readonly Kind[] = [
  { name: '1 % more errors', errors: 0.01 },
  // Latencies are lognormal with a median of 20 ms: nearly all are then beyond 100 ms.
  { name: '100 ms slower', slow: 0.999 },
  { name: 'hangs', errors: 1, slow: 1, lateSeconds: 30 },
  { name: 'constant score', constantScore: true, positives: 0 },
  { name: '30 times as many alarms', positives: 30 },
  { name: 'swapped features', wrong: { missed: 0.25, falseAlarms: 0.01 } },
  { name: 'flipped labels', wrong: { missed: 0.55, falseAlarms: 0.9 } },
  { name: '5 points less recall', wrong: { missed: 0.07, falseAlarms: DISAGREE.falseAlarms } },
];

/** Six weeks of the log of the built-in example: 9,600 rows a day, 80 of them positive. */
const ROWS = { missed: 42 * 80, falseAlarms: 42 * 9_520 } as const;

/** Decisions on logged rows, known before the canary begins. */
export function pairedOf(kind: Kind, random: Random): Readonly<Record<PairedGate, PairedTally>> {
  const tally = (gate: PairedGate): PairedTally => ({
    rows: ROWS[gate],
    candidateWrong: binomial(ROWS[gate], kind.wrong?.[gate] ?? DISAGREE[gate], random),
    championWrong: binomial(ROWS[gate], DISAGREE[gate], random),
  });
  return { missed: tally('missed'), falseAlarms: tally('falseAlarms') };
}
