import { describe, expect, it } from '@jest/globals';
import { recordCi } from '../../studies/recorder/ci';
import { firstAttempt, force, printed, settled, TRAINS } from './ci/builds';
import { exampleLoad, p99Ratios } from './support/constant-load';
import type { LoadSummary } from './support/load';
import { progress } from '../support/within';

/** One pair says little: its p99 is the tenth largest of a thousand latencies. */
const PAIRS = 5;
/** Requests a second. */
const RATE = 50;
const SECONDS = 20;
const STARTED = 30_000;
const TRAINED = 300_000;

/** What clients notice of a training on the same cores. */
export function trainingLoad(measuredBy: string): void {
  describe('answers during a training', () => {
    it('come, and hardly later than before it', async () => {
      const idle: LoadSummary[] = [];
      const busy: LoadSummary[] = [];
      for (let pair = 1; pair <= PAIRS; pair += 1) {
        const before = await exampleLoad(RATE, SECONDS);
        const request = await force('train');
        const build = await firstAttempt(request, STARTED);
        await printed(build.id, TRAINS, TRAINED);
        const during = await exampleLoad(RATE, SECONDS);
        const attempts = await settled(request, TRAINED);
        expect(attempts.map(({ outcome }) => outcome)).toEqual(['success']);
        idle.push(before);
        busy.push(during);
        progress(
          `pair ${String(pair)} of ${String(PAIRS)}: p99 ${before.p99Ms.toFixed(1)} ms, training ${during.p99Ms.toFixed(1)} ms`,
        );
      }
      const { median, range } = p99Ratios(busy, idle);
      recordCi(
        {
          serving_p99_ratio_while_training: median,
          serving_p99_ratio_while_training_least: range[0],
          serving_p99_ratio_while_training_most: range[1],
        },
        measuredBy,
      );
      expect([...idle, ...busy].flatMap(({ failures }) => failures)).toEqual([]);
    });
  });
}
