import { describe, expect, it } from '@jest/globals';
import { replay } from '../../../rollout/replay/replay';
import { warmUp } from '../../../rollout/replay/warm-up';
import { MemoryLog, refusing, rowsOf } from '../support/memory-log';

const question = (signal = new AbortController().signal) => ({
  model: 'fraud',
  candidate: '2',
  champion: '1',
  now: new Date('2026-01-01T12:00:00Z'),
  signal,
});

describe('a replay of the prediction log', () => {
  it('counts, per label, the rows that one of the two alone decides rightly', async () => {
    const log = new MemoryLog(
      [
        { score: 0.9, label: true }, // both find it
        { score: 0.6, label: true }, // only the champion
        { score: 0.55, label: true }, // only the champion
        { score: 0.2, label: true }, // only the candidate
        { score: 0.1, label: false }, // an alarm of the candidate
        { score: 0.55, label: false }, // an alarm of the champion
        { score: 0.3, label: false }, // none
      ],
      (score) => score >= 0.7 || score === 0.2 || score === 0.1,
    );
    expect((await replay(log.ports(), question())).tallies).toEqual({
      missed: { rows: 4, candidateWrong: 2, championWrong: 1 },
      falseAlarms: { rows: 3, candidateWrong: 1, championWrong: 1 },
    });
  });

  it('asks the candidate alone, in small batches', async () => {
    const log = new MemoryLog(rowsOf(120, 30), (score) => score >= 0.5);
    await replay(log.ports(), question());
    expect(log.asked).toEqual([50, 50, 20, 30].map((rows) => ({ version: '2', rows })));
  });

  it.each([
    ['other features', refusing('feature "age" is missing'), /takes other features.*"age" is missing/],
    [
      'a database that is down',
      () => {
        throw new Error('connect ECONNREFUSED');
      },
      /ECONNREFUSED/,
    ],
  ])('finds no evidence with %s, and says why', async (_, before, why) => {
    const log = new MemoryLog(rowsOf(100, 100), (score) => score >= 0.5);
    log.before = before;
    const found = await replay(log.ports(), question());
    expect(found.tallies.missed.rows + found.tallies.falseAlarms.rows).toBe(0);
    expect(found.why).toMatch(why);
  });

  it('keeps what it found before the candidate failed', async () => {
    const log = new MemoryLog(rowsOf(120, 30), (score) => score >= 0.5);
    log.before = (operation) => {
      if (operation === 'decide' && log.asked.length === 2) throw new Error('HTTP 503');
    };
    const found = await replay(log.ports(), question());
    expect(found).toMatchObject({ why: 'HTTP 503', tallies: { missed: { rows: 100 } } });
  });

  it('does not take fewer decisions than rows for an answer', async () => {
    const log = new MemoryLog(rowsOf(60, 0), (score) => score >= 0.5);
    const ports = { ...log.ports(), decide: () => Promise.resolve([true]) };
    const found = await replay(ports, question());
    expect(found).toMatchObject({
      why: 'it answered 1 decisions for 50 rows',
      tallies: { missed: { rows: 0 } },
    });
  });

  it('ends with the signal', async () => {
    const log = new MemoryLog(rowsOf(500, 500), (score) => score >= 0.5);
    const end = new AbortController();
    log.before = () => {
      if (log.asked.length === 1) end.abort();
    };
    expect((await replay(log.ports(), question(end.signal))).why).toBe('it was interrupted');
    expect(log.asked).toHaveLength(2);
  });
});

describe('a warm-up', () => {
  const { signal } = new AbortController();

  it('asks single rows, again and again where the log has few', async () => {
    const log = new MemoryLog(rowsOf(5, 5), () => true);
    expect(await warmUp(log.ports(), 'fraud', '2', signal)).toEqual({ answered: 400 });
    expect(new Set(log.asked.map(({ version, rows }) => `${version}: ${String(rows)}`))).toEqual(
      new Set(['2: 1']),
    );
  });

  it('says why it did not', async () => {
    const empty = new MemoryLog([], () => true);
    expect(await warmUp(empty.ports(), 'fraud', '2', signal)).toEqual({
      answered: 0,
      why: 'the prediction log has no rows',
    });
    const log = new MemoryLog(rowsOf(5, 5), () => true);
    log.before = refusing('feature "age" is missing');
    expect((await warmUp(log.ports(), 'fraud', '2', signal)).why).toMatch(/"age" is missing/);
  });
});
