import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { PredictionLog } from '../../../model-server/src/predictions/prediction-log';
import type { PredictionLogLimits } from '../../../model-server/src/predictions/prediction-log';
import { UnwritableError } from '../../../model-server/src/predictions/sink';
import { turn } from '../../../model-server/src/protocol/turn';
import { ControlledSink } from './fixtures/controlled-sink';
import { TestCounters, TestEvents } from './fixtures/counters';
import { MODEL, scoredBatch } from './fixtures/model';

const NEVER = 3600;
const LIMITS: PredictionLogLimits = {
  queueRows: 100,
  queueBytes: 1024 ** 2,
  flushRows: 2,
  flushSeconds: NEVER,
  retrySeconds: 0.001,
  maxRetrySeconds: 0.004,
};

interface Parts {
  readonly predictionLog: PredictionLog;
  readonly sink: ControlledSink;
  readonly counters: TestCounters;
  readonly events: TestEvents;
}

const started: Parts[] = [];
afterEach(async () => {
  for (const { predictionLog } of started.splice(0)) await predictionLog.close(0);
});

function start(limits: Partial<PredictionLogLimits> = {}, sink = new ControlledSink()): Parts {
  const counters = new TestCounters();
  const events = new TestEvents();
  const predictionLog = new PredictionLog({
    model: MODEL,
    sink,
    counters,
    log: events,
    limits: { ...LIMITS, ...limits },
  });
  predictionLog.start();
  const parts = { predictionLog, sink, counters, events };
  started.push(parts);
  return parts;
}

function observe({ predictionLog }: Parts, ...ids: string[]): void {
  for (const id of ids) predictionLog.observe(scoredBatch(id));
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

describe('a prediction log writes', () => {
  it('when enough rows wait', async () => {
    const log = start();
    observe(log, 'a', 'b');
    expect((await log.sink.next()).ids).toEqual(['a', 'b']);
  });

  it('not before', async () => {
    const log = start();
    observe(log, 'a');
    await turns();
    expect(log.sink.writes).toEqual([]);
  });

  it('when a row waited long enough', async () => {
    const log = start({ flushSeconds: 0.001 });
    await turns();
    observe(log, 'a');
    expect((await log.sink.next()).ids).toEqual(['a']);
  });

  it('a row that came during a write once it waited long enough', async () => {
    const log = start({ flushSeconds: 0.001 });
    observe(log, 'a', 'b');
    const first = await log.sink.next();
    observe(log, 'c');
    first.succeed();
    expect((await log.sink.next()).ids).toEqual(['c']);
  });

  it('a large batch in parts, with continuous row numbers', async () => {
    const { predictionLog, sink } = start();
    predictionLog.observe(scoredBatch('a', 5));
    for (const ids of [
      ['a/0', 'a/1'],
      ['a/2', 'a/3'],
    ]) {
      const write = await sink.next();
      expect(write.ids).toEqual(ids);
      write.succeed();
    }
  });

  it('one batch at a time', async () => {
    const log = start();
    observe(log, 'a', 'b', 'c', 'd', 'e', 'f');
    for (let i = 0; i < 3; i++) {
      const write = await log.sink.next();
      await turns();
      write.succeed();
    }
    expect(log.sink.mostUnderWay).toBe(1);
    expect(log.sink.writes.flat()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('nothing before the event loop turns, however much is queued', async () => {
    const log = start();
    await turns();
    observe(log, ...Array.from({ length: 50 }, (_, i) => String(i)));
    for (let i = 0; i < 100; i++) await Promise.resolve();
    expect(log.sink.writes).toEqual([]);
    expect((await log.sink.next()).ids).toEqual(['0', '1']);
  });

  it('predictions made before the sink was ready', async () => {
    const sink = new ControlledSink();
    let ready = (): void => undefined;
    sink.prepare = () => new Promise((resolve) => (ready = resolve));
    const log = start({}, sink);
    observe(log, 'a', 'b');
    await turns();
    expect(sink.writes).toEqual([]);
    ready();
    expect((await sink.next()).ids).toEqual(['a', 'b']);
  });
});

describe('a sink that does not answer', () => {
  it('does not block observe(), and the queue stays within its bound', async () => {
    const log = start({ queueRows: 10 });
    observe(log, 'a', 'b');
    await log.sink.next();
    observe(log, ...Array.from({ length: 1000 }, (_, i) => String(i)));
    expect(log.counters.totals).toMatchObject({ queued: 10, dropped: 992 });
  });

  it('keeps the oldest rows', async () => {
    const log = start({ queueRows: 4 });
    observe(log, 'a', 'b', 'c', 'd', 'e', 'f');
    (await log.sink.next()).succeed();
    expect((await log.sink.next()).ids).toEqual(['c', 'd']);
  });

  it('is logged once when predictions are dropped', async () => {
    const log = start({ queueRows: 2 });
    observe(log, 'a', 'b', 'c', 'd');
    await log.sink.next();
    observe(log, 'e');
    expect(log.events.messages).toEqual(['warn: predictions are dropped: the queue is full']);
  });

  it('is logged again after the queue had room', async () => {
    const log = start({ queueRows: 2 });
    observe(log, 'a', 'b', 'c');
    (await log.sink.next()).succeed();
    await turns();
    observe(log, 'd', 'e', 'f');
    expect(log.events.lines).toHaveLength(2);
  });
});

describe('a write that fails', () => {
  it('is retried until it succeeds, and counted once', async () => {
    const log = start();
    observe(log, 'a', 'b');
    for (let i = 0; i < 3; i++) (await log.sink.next()).fail(new Error('connection lost'));
    (await log.sink.next()).succeed();
    await turns();
    expect(log.sink.stored.map(({ predictionId }) => predictionId)).toEqual(['a', 'b']);
    expect(log.counters.totals).toEqual({ written: 2, dropped: 0, failedWrites: 3, queued: 0 });
  });

  it('is logged once, and so is recovery', async () => {
    const log = start();
    observe(log, 'a', 'b');
    for (let i = 0; i < 3; i++) (await log.sink.next()).fail(new Error('connection lost'));
    (await log.sink.next()).succeed();
    await turns();
    expect(log.events.messages).toMatchInlineSnapshot(`
      [
        "warn: predictions cannot be stored: got connection lost, expected the database of PREDICTION_LOG_URL to take them. Answers are not affected. Predictions wait in the queue, and are dropped once it is full.",
        "info: predictions are stored again",
      ]
    `);
  });

  it('loses nothing that arrives meanwhile', async () => {
    const log = start();
    observe(log, 'a', 'b');
    const first = await log.sink.next();
    observe(log, 'c', 'd');
    first.fail(new Error('connection lost'));
    (await log.sink.next()).succeed();
    (await log.sink.next()).succeed();
    expect(log.sink.stored.map(({ predictionId }) => predictionId)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('for good is not retried: its rows are dropped, the next are written', async () => {
    const log = start();
    observe(log, 'a', 'b', 'c', 'd');
    (await log.sink.next()).fail(new UnwritableError('value out of range'));
    (await log.sink.next()).succeed();
    await turns();
    expect(log.sink.writes).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(log.counters.totals).toEqual({ written: 2, dropped: 2, failedWrites: 1, queued: 0 });
  });

  it('does not end the log when the sink throws instead of rejecting', async () => {
    const log = start();
    const write = jest.spyOn(log.sink, 'write').mockImplementationOnce(() => {
      throw new TypeError('a mistake in the sink');
    });
    observe(log, 'a', 'b');
    (await log.sink.next()).succeed();
    expect(write).toHaveBeenCalledTimes(2);
  });

  it('because of a bug in the log ends the log, not the process', async () => {
    const log = start({ queueRows: 2 });
    jest.spyOn(log.counters.written, 'inc').mockImplementation(() => {
      throw new TypeError('a mistake');
    });
    observe(log, 'a', 'b');
    (await log.sink.next()).succeed();
    await turns();
    observe(log, 'c', 'd', 'e');
    await log.predictionLog.close(NEVER);
    expect(log.events.messages[0]).toContain('predictions cannot be stored: got a mistake');
    expect(log.counters.totals.dropped).toBe(3);
  });

  it('during preparation is retried', async () => {
    const sink = new ControlledSink();
    const prepare = jest
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new Error('refused'))
      .mockRejectedValueOnce(new Error('refused'))
      .mockResolvedValue();
    sink.prepare = prepare;
    const log = start({}, sink);
    observe(log, 'a', 'b');
    await sink.next();
    expect(prepare).toHaveBeenCalledTimes(3);
    expect(log.counters.totals.failedWrites).toBe(2);
  });
});

describe('the end', () => {
  it('writes what is queued and closes the sink', async () => {
    const log = start();
    observe(log, 'a', 'b', 'c');
    const closed = log.predictionLog.close(NEVER);
    (await log.sink.next()).succeed();
    (await log.sink.next()).succeed();
    await closed;
    expect(log.sink.writes.flat()).toEqual(['a', 'b', 'c']);
    expect(log.sink.closed).toBe(true);
  });

  it('drops and counts what a dead sink does not take in time', async () => {
    const log = start();
    observe(log, 'a', 'b', 'c');
    await log.sink.next();
    await log.predictionLog.close(0.01);
    expect(log.counters.totals).toEqual({ written: 0, dropped: 3, failedWrites: 0, queued: 0 });
    expect(log.events.messages).toEqual(['warn: predictions lost: they could not be stored before the end']);
  });

  it('does not wait for a pause to end', async () => {
    const log = start({ retrySeconds: NEVER, maxRetrySeconds: NEVER });
    observe(log, 'a', 'b');
    (await log.sink.next()).fail(new Error('down'));
    await turns();
    const closed = log.predictionLog.close(NEVER);
    (await log.sink.next()).succeed();
    await closed;
    expect(log.counters.totals).toMatchObject({ written: 2, dropped: 0 });
  });

  it('comes in time even if the sink cannot be prepared', async () => {
    const sink = new ControlledSink();
    sink.prepare = () => new Promise(() => undefined);
    const log = start({}, sink);
    observe(log, 'a');
    await log.predictionLog.close(0.01);
    expect(log.counters.totals).toMatchObject({ dropped: 1, queued: 0 });
  });

  it('comes in time even if the sink cannot be closed', async () => {
    const sink = new ControlledSink();
    jest.spyOn(sink, 'close').mockReturnValue(new Promise(() => undefined));
    const log = start({}, sink);
    await expect(log.predictionLog.close(0.01)).resolves.toBeUndefined();
  });

  it('drops and counts what comes after it', async () => {
    const log = start();
    await log.predictionLog.close(NEVER);
    observe(log, 'a');
    expect(log.counters.totals.dropped).toBe(1);
  });

  it('happens once, however often it is requested', async () => {
    const log = start();
    observe(log, 'a', 'b');
    await log.sink.next();
    await Promise.all([log.predictionLog.close(0.01), log.predictionLog.close(NEVER)]);
    expect(log.counters.totals.dropped).toBe(2);
  });
});
