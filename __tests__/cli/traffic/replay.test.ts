import { describe, expect, it } from '@jest/globals';
import type { Label } from '../../../contracts/labels';
import { replay, type Clock, type ReplayOptions } from '../../../cli/src/traffic/replay';
import type { Row } from '../../../cli/src/traffic/rows';
import type { Answer } from '../../../cli/src/traffic/tally';

/** Time passes only when somebody sleeps; whatever was to happen in between happens in its order. */
class FakeClock implements Clock {
  private time = 5_000;
  private readonly timers: { at: number; run: () => void }[] = [];

  now() {
    return this.time;
  }

  after(milliseconds: number): Promise<void> {
    return new Promise((run) => void this.timers.push({ at: this.time + milliseconds, run }));
  }

  async sleep(milliseconds: number) {
    const until = this.time + milliseconds;
    await turn();
    for (;;) {
      this.timers.sort((a, b) => a.at - b.at);
      const [next] = this.timers;
      if (next === undefined || next.at > until) break;
      this.timers.shift();
      this.time = Math.max(this.time, next.at);
      next.run();
      await turn();
    }
    this.time = until;
    await turn();
  }

  /** Lets time pass until the work is done: what waits for answers at the end does not sleep. */
  async during<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finished = work.finally(() => (done = true));
    while (!(done as boolean)) {
      await turn();
      const [next] = this.timers.sort((a, b) => a.at - b.at);
      if (this.idle && next !== undefined) await this.sleep(next.at - this.time);
    }
    return finished;
  }

  /** Set when the loop has ended. */
  idle = false;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function* rowsOf(count: number, label?: boolean): AsyncGenerator<Row> {
  for (let index = 0; index < count; index += 1) {
    await Promise.resolve();
    yield { features: { index }, ...(label === undefined ? {} : { label }) };
  }
}

interface Sent {
  readonly at: number;
  readonly index: unknown;
}

interface Batch {
  readonly at: number;
  readonly labels: readonly Label[];
}

/** Replays with answers that take `answerMs` each, or never come. */
async function run(
  options: Partial<ReplayOptions> & { answerMs?: number; status?: (index: number) => string } = {},
) {
  const clock = new FakeClock();
  const began = clock.now();
  const sent: Sent[] = [];
  const batches: Batch[] = [];
  const { answerMs = 10, status = () => '200', seconds = 10, ...rest } = options;
  const ask = async ({ features }: Row): Promise<Answer> => {
    const index = features.index as number;
    sent.push({ at: clock.now() - began, index });
    await clock.after(answerMs);
    const code = status(index);
    return { status: code, version: '3', ...(code === '200' ? { predictionId: `p-${index}` } : {}) };
  };
  void clock.after(1000 * seconds).then(() => (clock.idle = true));
  const result = await clock.during(
    replay({
      rows: rowsOf(1_000),
      rate: 10,
      labelDelay: 4,
      mostInFlight: 100,
      ask,
      sendLabels: (labels) => {
        batches.push({ at: clock.now() - began, labels });
        return Promise.resolve(labels.length);
      },
      signal: new AbortController().signal,
      clock,
      ...rest,
      seconds,
    }),
  );
  return { result, sent, batches };
}

describe('requests of a replay', () => {
  it('go out evenly at the rate, in the order of the rows', async () => {
    const { result, sent } = await run();
    expect(sent).toHaveLength(100);
    expect(sent.map(({ index }) => index)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    for (const { at, index } of sent) expect(at).toBeCloseTo(100 * (index as number), 6);
    expect(result).toMatchObject({ sent: 100, notSent: { inFlight: 0, behind: 0 } });
    expect(result.seconds).toBeCloseTo(10, 0);
  });

  it('go out at the same times when answers are slow', async () => {
    const quick = await run({ answerMs: 1 });
    const slow = await run({ answerMs: 4_000 });
    expect(slow.sent).toEqual(quick.sent);
    expect(slow.result.latency).toEqual({ p50: 4_000, p99: 4_000 });
  });

  it('go out at the same times when answers are errors', async () => {
    const { result, sent } = await run({ status: (index) => (index % 4 === 0 ? '503' : '200') });
    expect(sent).toHaveLength(100);
    expect(result.predictions).toBe(75);
    expect(result.answers).toEqual([
      { status: '200', version: '3', count: 75 },
      { status: '503', version: '3', count: 25 },
    ]);
  });

  it('are left out, counted, and never made up for while too many have no answer', async () => {
    // Ten at once, each 3 s: 10 of every 30 find room.
    const { result, sent } = await run({ answerMs: 3_000, mostInFlight: 10 });
    expect(result.sent).toBeLessThan(45);
    expect(result.sent + result.notSent.inFlight).toBe(100);
    // Row 10 to 29 had their time while the first ten were out.
    expect(sent.slice(9, 12).map(({ index }) => index)).toEqual([9, 30, 31]);
    expect(sent[10]?.at).toBeCloseTo(3_000, 6);
  });

  it('end with the rows', async () => {
    const { result, sent } = await run({ rows: rowsOf(7) });
    expect(sent).toHaveLength(7);
    expect(result.notSent).toEqual({ inFlight: 0, behind: 0 });
    expect(result.seconds).toBeLessThan(1);
  });

  it('that their time has passed by for want of rows are counted', async () => {
    const late = async function* (): AsyncGenerator<Row> {
      yield { features: { index: 0 } };
      await slow.sleep(20_000);
      yield { features: { index: 1 } };
    };
    const slow = new FakeClock();
    const result = await replay({
      rows: late(),
      rate: 10,
      seconds: 10,
      labelDelay: 1,
      mostInFlight: 10,
      ask: () => Promise.resolve({ status: '200' }),
      sendLabels: () => Promise.resolve(0),
      signal: new AbortController().signal,
      clock: slow,
    });
    expect(result).toMatchObject({ sent: 1, notSent: { inFlight: 0, behind: 99 } });
  });

  it('need at least one row', async () => {
    const options: ReplayOptions = {
      rows: rowsOf(0),
      rate: 10,
      seconds: 10,
      labelDelay: 1,
      mostInFlight: 10,
      ask: () => Promise.resolve({ status: '200' }),
      sendLabels: () => Promise.resolve(0),
      signal: new AbortController().signal,
    };
    await expect(replay(options)).rejects.toThrow('There is nothing to replay.');
  });

  it('stop when the command is interrupted, and what came is told', async () => {
    const controller = new AbortController();
    const { result } = await run({
      signal: controller.signal,
      status: (index) => {
        if (index === 20) controller.abort();
        return '200';
      },
    });
    expect(result.sent).toBe(21);
    expect(result.predictions).toBe(21);
  });
});

describe('labels of a replay', () => {
  it('come their delay after the answer, at most a second later', async () => {
    const { result, batches } = await run({ rows: rowsOf(1_000, true) });
    const arrived = batches.flatMap(({ at, labels }) =>
      labels.map((label) => ({ at, index: Number(label.prediction_id.slice(2)) })),
    );
    // Answers come 10 ms after the request; those of the last 4 s are due after the end.
    expect(arrived).toHaveLength(60);
    for (const { at, index } of arrived) {
      expect(at).toBeGreaterThanOrEqual(100 * index + 10 + 4_000);
      expect(at).toBeLessThanOrEqual(100 * index + 10 + 5_000);
    }
    expect(result.labels).toEqual({ sent: 60, accepted: 60, failed: 0, notDue: 40 });
  });

  it('are told of predictions that were answered, once each', async () => {
    const { batches } = await run({
      rows: rowsOf(1_000, true),
      status: (index) => (index < 10 ? '503' : '200'),
    });
    const ids = batches.flatMap(({ labels }) => labels.map((label) => label.prediction_id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toBe('p-10');
    expect(batches[0]?.labels[0]).toMatchObject({ label: true, source: 'replay' });
  });

  it('are not made up for rows without one', async () => {
    const { result, batches } = await run();
    expect(batches).toEqual([]);
    expect(result.labels).toEqual({ sent: 0, accepted: 0, failed: 0, notDue: 0 });
  });

  it('still come when the rows have ended', async () => {
    const { result, batches } = await run({ rows: rowsOf(5, false) });
    expect(batches.flatMap(({ labels }) => labels)).toHaveLength(5);
    expect(result.labels).toEqual({ sent: 5, accepted: 5, failed: 0, notDue: 0 });
  });

  it('that nobody takes do not delay a request', async () => {
    const { result, sent } = await run({
      rows: rowsOf(1_000, true),
      labelDelay: 1,
      sendLabels: () => Promise.reject(new Error('HTTP 503')),
    });
    expect(sent).toHaveLength(100);
    expect(sent.at(-1)?.at).toBeCloseTo(9_900, 6);
    expect(result.labels).toEqual({ sent: 90, accepted: 0, failed: 90, notDue: 10, reason: 'HTTP 503' });
  });
});
