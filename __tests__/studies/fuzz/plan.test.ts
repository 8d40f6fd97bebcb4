import { describe, expect, it } from '@jest/globals';

import {
  FULL_CASES,
  FULL_PIPELINE_CASES,
  readPipelinePlan,
  readPlan,
  shardsOf,
} from '../../../studies/fuzz/plan';

const OPERATIONS = ['openapi', 'docs', 'serverReady', 'infer', 'inferVersion', 'predict'];

describe('a plan', () => {
  it('is a full run unless told otherwise', () => {
    expect(readPlan({}).cases).toBe(FULL_CASES);
  });

  it('takes the number of cases and the seed from its arguments', () => {
    expect(readPlan({ FUZZ_CASES: '2000', FUZZ_SEED: '7' })).toEqual({ cases: 2000, seed: 7 });
  });

  it('of the pipeline has a number of cases of its own', () => {
    expect(readPipelinePlan({ FUZZ_CASES: '5', FUZZ_SEED: '7' })).toEqual({
      cases: FULL_PIPELINE_CASES,
      seed: 7,
    });
    expect(readPipelinePlan({ FUZZ_PIPELINE_CASES: '200' }).cases).toBe(200);
    expect(() => readPipelinePlan({ FUZZ_PIPELINE_CASES: 'x' })).toThrow('FUZZ_PIPELINE_CASES: got "x"');
  });

  it.each([
    ['FUZZ_CASES', '0'],
    ['FUZZ_CASES', 'many'],
    ['FUZZ_CASES', '1e3'],
    ['FUZZ_SEED', '-1'],
  ])('says what %s may be when it is %s', (name, value) => {
    expect(() => readPlan({ [name]: value })).toThrow(`${name}: got "${value}", expected a whole number`);
  });
});

describe('the shards', () => {
  it('cover every operation once', () => {
    const operations = shardsOf(OPERATIONS, 1000).flatMap((shard) => shard.operations);
    expect(operations.sort()).toEqual([...OPERATIONS].sort());
  });

  it.each([1, 100, 20_000])('have at least the %d cases asked for', (cases) => {
    const sum = shardsOf(OPERATIONS, cases).reduce(
      (total, { operations, casesPerOperation }) => total + operations.length * casesPerOperation,
      0,
    );
    expect(sum).toBeGreaterThanOrEqual(cases);
  });

  it('give most cases to the operations that score', () => {
    const per = Object.fromEntries(
      shardsOf(OPERATIONS, 20_000).map(({ name, casesPerOperation }) => [name, casesPerOperation]),
    );
    expect(per.infer).toBeGreaterThan(5 * (per.others ?? 0));
  });
});
