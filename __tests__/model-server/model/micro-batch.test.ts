import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { InputSpec, TensorSpec } from '../../../model-server/src/model/metadata';
import { MicroBatchRunner } from '../../../model-server/src/model/micro-batch';
import type { Output, Runner } from '../../../model-server/src/model/runner';
import { writePackage } from '../../../model-server/testing/package';
import { loadModel } from '../../../model-server/src/model/model';

const INPUT: InputSpec = { name: 'x', datatype: 'FP32', shape: [-1, 2], features: [] };
const SUM: TensorSpec = { name: 'sum', datatype: 'FP32', shape: [-1, 1] };
const BOTH: TensorSpec = { name: 'both', datatype: 'FP32', shape: [-1, 2] };

/** Sums the two columns of each row, remembers its runs, and fails for a row that begins with -1. */
class SumRunner implements Runner {
  readonly runs: number[] = [];

  run(inputs: Parameters<Runner['run']>[0], rows: number, outputs: readonly TensorSpec[]): Promise<Output[]> {
    this.runs.push(rows);
    const values = inputs[0] as Float32Array;
    const sums = Float32Array.from(
      { length: rows },
      (_, row) => (values[2 * row] ?? 0) + (values[2 * row + 1] ?? 0),
    );
    for (let row = 0; row < rows; row++)
      if (values[2 * row] === -1) return Promise.reject(new Error(`row of -1 among ${rows}`));
    return Promise.resolve(outputs.map((spec) => ({ spec, values: spec === SUM ? sums : values.slice() })));
  }
}

function batching(maxRows = 64, maxWaitMilliseconds = 0) {
  const inner = new SumRunner();
  const told: [requests: number, waiting: number][] = [];
  const runner = new MicroBatchRunner(inner, [INPUT], {
    maxRows,
    maxWaitMilliseconds,
    onRun: (requests, waiting) => told.push([requests, waiting]),
  });
  const ask = async (values: readonly number[], outputs: readonly TensorSpec[] = [SUM]) => {
    const results = await runner.run([Float32Array.from(values)], values.length / 2, outputs);
    return results.map((result) => [...(result.values as Float32Array)]);
  };
  return { inner, told, ask };
}

describe('requests of one turn', () => {
  it('share a run', async () => {
    const { inner, told, ask } = batching();
    await Promise.all([ask([1, 2]), ask([3, 4, 5, 6]), ask([7, 8])]);
    expect(inner.runs).toEqual([4]);
    expect(told).toEqual([[3, 0]]);
  });

  it('get their own rows', async () => {
    const rows = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(rows, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 20 }),
        async (all, maxRows) => {
          const { ask } = batching(maxRows);
          const answers = await Promise.all(all.map((each) => ask(each.flatMap((value) => [value, 1]))));
          expect(answers).toEqual(all.map((each) => [each.map((value) => value + 1)]));
        },
      ),
    );
  });

  it('do not share a run beyond its row limit', async () => {
    const { inner, told, ask } = batching(3);
    await Promise.all([ask([1, 1, 2, 2]), ask([3, 3]), ask([4, 4]), ask([5, 5, 6, 6, 7, 7, 8, 8])]);
    expect(inner.runs).toEqual([3, 1, 4]);
    expect(told).toEqual([
      [2, 2],
      [1, 1],
      [1, 0],
    ]);
  });

  it('share a run only if they want the same outputs', async () => {
    const { inner, ask } = batching();
    const answers = await Promise.all([
      ask([1, 2]),
      ask([3, 4], [BOTH]),
      ask([5, 6], [BOTH, SUM]),
      ask([7, 8]),
    ]);
    expect(answers).toEqual([[[3]], [[3, 4]], [[5, 6], [11]], [[15]]]);
    expect(inner.runs).toEqual([1, 1, 1, 1]);
  });

  it('fail alone if only one of them is wrong', async () => {
    const { ask } = batching();
    const results = await Promise.allSettled([ask([1, 2]), ask([-1, 4]), ask([5, 6])]);
    expect(results).toEqual([
      { status: 'fulfilled', value: [[3]] },
      { status: 'rejected', reason: new Error('row of -1 among 1') },
      { status: 'fulfilled', value: [[11]] },
    ]);
  });

  it('leave nothing for the next turn', async () => {
    const { inner, ask } = batching();
    await Promise.allSettled([ask([-1, 0]), ask([1, 2])]);
    expect(await ask([3, 4])).toEqual([[7]]);
    expect(inner.runs).toEqual([2, 1, 1, 1]);
  });
});

describe('a request alone', () => {
  it('is run unchanged', async () => {
    const { inner, ask } = batching();
    expect(await ask([1, 2])).toEqual([[3]]);
    expect(inner.runs).toEqual([1]);
  });

  it('with more rows than the limit is run whole', async () => {
    const { inner, ask } = batching(2);
    expect(await ask([1, 1, 2, 2, 3, 3])).toEqual([[2, 4, 6]]);
    expect(inner.runs).toEqual([3]);
  });

  it('does not wait for others', async () => {
    const { inner, ask } = batching(64, 0);
    await ask([1, 2]);
    await ask([3, 4]);
    expect(inner.runs).toEqual([1, 1]);
  });
});

describe('a wait', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('joins requests of several turns', async () => {
    const { inner, ask } = batching(64, 20);
    const first = ask([1, 2]);
    await new Promise(setImmediate);
    jest.advanceTimersByTime(19);
    const second = ask([3, 4]);
    expect(inner.runs).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(await Promise.all([first, second])).toEqual([[[3]], [[7]]]);
    expect(inner.runs).toEqual([2]);
  });

  it('ends as soon as a run is full', async () => {
    const { inner, ask } = batching(2, 20);
    const answers = Promise.all([ask([1, 2]), ask([3, 4]), ask([5, 6])]);
    expect(inner.runs).toEqual([2]);
    jest.advanceTimersByTime(20);
    expect(await answers).toEqual([[[3]], [[7]], [[11]]]);
    expect(inner.runs).toEqual([2, 1]);
  });

  it('ends though requests keep coming', async () => {
    const { inner, ask } = batching(64, 20);
    const answers: Promise<unknown>[] = [];
    for (let request = 0; request < 10; request++) {
      answers.push(ask([request, 0]));
      jest.advanceTimersByTime(5);
    }
    jest.advanceTimersByTime(20);
    await Promise.all(answers);
    expect(inner.runs).toEqual([4, 4, 2]);
  });
});

const model = await loadModel(await writePackage(), '3');
const { outputs } = model.metadata;

describe('joined runs of the model', () => {
  it('score like single ones', async () => {
    const row = fc.tuple(
      fc.float({ min: 0, max: 1000, noNaN: true }),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 1 }),
      fc.float({ min: -1000, max: 1000 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 20 }), async (rows) => {
        const run = async (values: readonly number[]) =>
          (await model.run([Float32Array.from(values)], 1, outputs)).map((output) => [
            ...(output.values as Float32Array),
          ]);
        const joined = await Promise.all(rows.map(run));
        for (const [index, values] of rows.entries()) expect(joined[index]).toEqual(await run(values));
      }),
      { numRuns: 30 },
    );
  });
});
