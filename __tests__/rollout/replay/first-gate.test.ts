import { describe, expect, it } from '@jest/globals';
import type { CanaryPlan } from '../../../contracts/canary';
import { look, watch } from '../../../rollout/canary/watch';
import { beginCanary } from '../../../rollout/engine';
import { CanaryWorld, PLAN, watcher } from '../support/canary-world';
import { MemoryLog, refusing, rowsOf } from '../support/memory-log';
import { command, shape } from '../support/memory-ports';

/** Judges by the log too. */
const BY_LOG: CanaryPlan = { ...PLAN, margins: { ...PLAN.margins, missed: 0.05, falseAlarms: 0.01 } };

const like = (score: number) => score >= 0.5;
/** Misses a tenth more of the positives. */
const blinder = (score: number) => score >= 0.5625;

function world(log: MemoryLog | undefined): CanaryWorld {
  const made = new CanaryWorld('1');
  made.replay = log?.ports();
  return made;
}

async function weeks(platform: CanaryWorld): Promise<void> {
  const end = new AbortController();
  platform.before = () => {
    if (platform.now > Date.parse('2026-01-01T14:00:00Z')) end.abort();
  };
  await watch(platform.canaryPorts(), watcher(), { signal: end.signal, seconds: 5 });
}

describe('a canary’s first gate, the prediction log', () => {
  it('refuses a version that misses more, before it has a weight, and the history says why', async () => {
    const platform = world(new MemoryLog(rowsOf(600, 3000), blinder));
    await expect(beginCanary(platform.ports(), command(), '2', BY_LOG)).rejects.toMatchObject({
      cause: { failure: { kind: 'refusedByLog', version: '2', judgement: { verdict: 'worse' } } },
    });
    expect(platform.lists).toEqual(['1:100 2:0', '1:100']);
    expect([...platform.running]).toEqual(['fraud@1']);
    expect(platform.canary).toBeUndefined();
    expect(platform.state.entries.at(-1)).toMatchObject({
      action: 'rollback',
      version: '1',
      from: '2',
      reason: 'missed-worse',
      verdict: 'worse',
      note: 'by the prediction log, before it got a request',
    });
  });

  it('lets one go on that is no worse, through all weights', async () => {
    const platform = world(new MemoryLog(rowsOf(600, 3000), like));
    await beginCanary(platform.ports(), command(), '2', BY_LOG);
    expect(platform.state.entries.at(-1)).toMatchObject({ action: 'canary', verdict: 'no-worse' });
    await weeks(platform);
    expect(shape(platform.state)).toBe('2:100 1:0');
    const evidence = platform.state.entries.find(({ action }) => action === 'step')?.evidence ?? [];
    expect(evidence.map(({ gate }) => gate)).toEqual(['errors', 'slow', 'missed', 'falseAlarms']);
  });

  it('holds one at its first weight that the log says too little about, and says what is missing', async () => {
    const platform = world(new MemoryLog(rowsOf(20, 3000), like));
    await beginCanary(platform.ports(), command(), '2', BY_LOG);
    await weeks(platform);
    expect(shape(platform.state)).toBe('1:95 2:5');
    const events = watcher();
    await look(platform.canaryPorts(), events);
    const [judged] = events.events;
    expect(judged).toMatchObject({ decision: { kind: 'hold', reason: 'not-enough-evidence' } });
    const why = judged?.kind === 'judged' && judged.decision.kind === 'hold' ? judged.decision.why() : '';
    expect(why).toMatch(/missed: about \d+ more/);
  });

  it.each([
    ['few rows', new MemoryLog(rowsOf(20, 3000), like), () => undefined],
    ['other features', new MemoryLog(rowsOf(600, 3000), like), refusing('feature "age" is missing')],
  ])('refuses one with %s where the plan does not hold', async (_, log, before) => {
    log.before = before;
    const platform = world(log);
    const plan: CanaryPlan = { ...BY_LOG, withoutEvidence: 'rollback' };
    await expect(beginCanary(platform.ports(), command(), '2', plan)).rejects.toMatchObject({
      cause: { failure: { kind: 'refusedByLog', judgement: { verdict: 'not-enough-evidence' } } },
    });
    expect(shape(platform.state)).toBe('1:100');
  });

  it('judges nothing where the plan has no margin for it, and shows the counts', async () => {
    const platform = world(new MemoryLog(rowsOf(600, 3000), blinder));
    const asked = command();
    await beginCanary(platform.ports(), asked, '2', PLAN);
    expect(platform.canary?.replay?.tallies.missed.rows).toBe(600);
    expect(asked.events.find(({ kind }) => kind === 'replayed')).toMatchObject({ judgement: { gates: [] } });
  });

  it('is left out on a platform without a log, and where the log is down the live gates still judge', async () => {
    const without = world(undefined);
    await beginCanary(without.ports(), command(), '2', PLAN);
    expect(without.canary?.replay).toBeUndefined();
    const log = new MemoryLog(rowsOf(600, 3000), like);
    log.before = () => {
      throw new Error('connect ECONNREFUSED');
    };
    const down = world(log);
    await beginCanary(down.ports(), command(), '2', PLAN);
    expect(down.canary?.replay?.why).toBe('connect ECONNREFUSED');
    expect(shape(down.state)).toBe('1:95 2:5');
  });

  it('warms the version up before it has a weight', async () => {
    const log = new MemoryLog(rowsOf(60, 0), like);
    const platform = world(log);
    const weights: string[] = [];
    log.before = (operation) => {
      if (operation === 'decide') weights.push(shape(platform.state));
    };
    const asked = command();
    await beginCanary(platform.ports(), asked, '2', PLAN);
    expect(log.asked.filter(({ rows }) => rows === 1).length).toBe(400);
    expect(new Set(weights)).toEqual(new Set(['1:100 2:0']));
    expect(asked.events.map(({ kind }) => kind)).toEqual([
      ...['checked', 'starting', 'started', 'replaying', 'replayed', 'warmed'],
    ]);
  });

  it('leaves an interrupted command’s version without a weight', async () => {
    const log = new MemoryLog(rowsOf(600, 3000), like);
    const platform = world(log);
    const end = new AbortController();
    log.before = () => {
      if (log.asked.length === 3) end.abort();
    };
    const asked = command({ signal: end.signal });
    await expect(beginCanary(platform.ports(), asked, '2', BY_LOG)).rejects.toMatchObject({
      aftermath: { kind: 'unfinished' },
    });
    expect(shape(platform.state)).toBe('1:100 2:0');
  });
});
