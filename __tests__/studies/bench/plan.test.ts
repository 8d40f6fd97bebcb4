import { describe, expect, it } from '@jest/globals';

import { readPlan } from '../../../studies/bench/plan';

describe('the plan', () => {
  it('is the full one on cores 0 and 1 by default', () => {
    expect(readPlan({}, 2)).toMatchObject({ quick: false, cores: { server: 0, load: 1 } });
    expect(readPlan({}, 2).rotations).toBeGreaterThanOrEqual(3);
  });

  it('is a quick one for BENCH_QUICK=1', () => {
    expect(readPlan({ BENCH_QUICK: '1' }, 2).quick).toBe(true);
  });

  it('can use other cores', () => {
    expect(readPlan({ BENCH_CORES: '4,6' }, 8).cores).toEqual({ server: 4, load: 6 });
  });

  it.each(['0,0', '0,9', '1', 'all'])('refuses the cores %s', (cores) => {
    expect(() => readPlan({ BENCH_CORES: cores }, 2)).toThrow(`BENCH_CORES=${cores}`);
  });

  it('says what to do on a machine with one core', () => {
    expect(() => readPlan({}, 1)).toThrowErrorMatchingInlineSnapshot(`
      "Server and load generator need a core each.
        got:      BENCH_CORES=0,1
        expected: two different cores of this machine's 1, such as 0,1
        fix:      Set BENCH_CORES=server,load, or use a machine with at least two cores."
    `);
  });
});
