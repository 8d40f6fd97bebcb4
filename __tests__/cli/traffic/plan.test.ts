import { describe, expect, it } from '@jest/globals';
import { planOf } from '../../../cli/src/traffic/plan';

const NOW = new Date('2026-03-15T13:00:00Z');
const LABEL_DAYS = 7;

describe('the plan of a replay', () => {
  it('divides the label delay of the model by --compress', () => {
    const { labelDelay } = planOf({ rate: 50, seconds: 60, compress: 60_480 }, LABEL_DAYS, NOW);
    expect(labelDelay).toBe(10);
  });

  it('takes by default twice the label delay, up to today, in the time that there is', () => {
    const plan = planOf({ rate: 20, seconds: 30 }, LABEL_DAYS, NOW);
    expect(plan.period).toEqual({ from: '2026-03-01', to: '2026-03-15' });
    expect(plan.requests).toBe(600);
    expect(plan.labelDelay).toBe(15);
  });

  it('says when labels would come after the end, and what to do', () => {
    const { notes } = planOf({ rate: 50, seconds: 60, compress: 60 }, LABEL_DAYS, NOW);
    expect(notes).toEqual([
      'labels would come 10080 s after the answers, when all is over: none is sent. With --compress 20160, those of the first half are',
    ]);
    expect(planOf({ rate: 50, seconds: 60, compress: 20_160 }, LABEL_DAYS, NOW).notes).toEqual([
      'labels come 30.0 s after the answers',
    ]);
  });

  it('takes days and their change as given', () => {
    const options = { rate: 1, seconds: 1, from: '2026-02-27', days: 3, changeAt: '2026-03-01' };
    expect(planOf(options, LABEL_DAYS, NOW).period).toEqual({
      from: '2026-02-27',
      to: '2026-03-02',
      changeAt: '2026-03-01',
    });
  });

  it.each(['2026-02-28', '2026-03-15'])('refuses a change on %s, outside of the period', (changeAt) => {
    expect(() => planOf({ rate: 1, seconds: 1, changeAt }, LABEL_DAYS, NOW)).toThrow(
      'The change is not in the period that is replayed.',
    );
  });

  it('refuses with --file what is about the data source', () => {
    expect(() => planOf({ rate: 1, seconds: 1, file: 'a.csv', days: 3 }, LABEL_DAYS, NOW)).toThrow(
      "--days is about the model's data source, and --file replays a file instead.",
    );
  });

  it('is of one day for a model whose labels are known at once', () => {
    const { period, labelDelay } = planOf({ rate: 1, seconds: 1 }, 0, NOW);
    expect(period).toEqual({ from: '2026-03-14', to: '2026-03-15' });
    expect(labelDelay).toBe(0);
  });
});
