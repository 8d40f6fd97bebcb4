import { describe, expect, it } from '@jest/globals';
import type { CanaryPlan } from '../../../contracts/canary';
import type { Reading } from '../../../rollout/canary/evidence';
import { look, watch } from '../../../rollout/canary/watch';
import { beginCanary, deploy, rollback, tidy } from '../../../rollout/engine';
import { CanaryWorld, PLAN, watcher } from '../support/canary-world';
import { command, MODEL, shape } from '../support/memory-ports';

const LOOK = 15;

/** A world in which version 2 is a canary beside version 1, at its first weight. */
async function begun(plan: Partial<CanaryPlan> = {}, ...versions: string[]): Promise<CanaryWorld> {
  const world = new CanaryWorld(...(versions.length > 0 ? versions : ['1']));
  await beginCanary(world.ports(), command(), '2', { ...PLAN, ...plan });
  return world;
}

/** A command that knows of everything that was done. */
const since = (world: CanaryWorld) => command({ since: new Date(world.now) });

/** Watches for so long, or until the canary has ended. */
async function watched(world: CanaryWorld, minutes: number) {
  const observer = watcher();
  const stop = new AbortController();
  const end = world.now + minutes * 60_000;
  const ports = world.canaryPorts();
  const sleep = async (seconds: number) => {
    await ports.clock.sleep(seconds);
    if (world.now > end) stop.abort();
  };
  const patience = { signal: stop.signal, seconds: LOOK };
  await watch({ ...ports, clock: { ...ports.clock, sleep } }, observer, patience);
  const holds = observer.events.flatMap((event) =>
    event.kind === 'judged' && event.decision.kind === 'hold' ? [event.decision] : [],
  );
  return { events: observer.events, holds, last: holds.at(-1) };
}

/** A world in which version 2 has just been promoted. */
async function promoted(): Promise<CanaryWorld> {
  const world = await begun();
  while (world.canary?.phase === 'canary') await watched(world, 1);
  return world;
}

describe('a canary', () => {
  it('starts with the first weight of its plan, and a lease', async () => {
    const world = await begun();
    expect(world.lists).toEqual(['1:100 2:0', '1:95 2:5']);
    expect(world.canary).toMatchObject({ version: '2', champion: '1', phase: 'canary', step: 0 });
    expect(Date.parse(world.canary?.until ?? '') - world.now).toBeGreaterThan(60_000);
    expect(world.state.entries.at(-1)).toMatchObject({
      action: 'canary',
      version: '2',
      from: '1',
      note: '5 %',
    });
  });

  it.each([
    ['canary', (world: CanaryWorld) => beginCanary(world.ports(), since(world), '4', PLAN)],
    ['deployment', (world: CanaryWorld) => deploy(world.ports(), since(world), '4')],
  ])('that nobody watches leaves old champions running, which the next %s removes first', async (_, act) => {
    const world = await begun();
    await watched(world, 60);
    await beginCanary(world.ports(), since(world), '3', PLAN);
    await watched(world, 60);
    expect(shape(world.state)).toBe('3:100 1:0 2:0');
    const before = world.lists.length;
    await act(world);
    expect(world.lists.slice(before, before + 2)).toEqual(['3:100 2:0', '3:100 2:0 4:0']);
  });

  it('that is as good as the champion goes through every weight, and passes its probation', async () => {
    const world = await begun();
    await watched(world, 60);
    const seen = [...new Set(world.lists)];
    expect(seen).toEqual(['1:100 2:0', '1:95 2:5', '1:75 2:25', '2:95 1:5', '2:100 1:0']);
    expect(world.canary).toBeUndefined();
    expect(world.aliases.champion).toBe('2');
    expect(world.state.entries.map(({ action }) => action)).toEqual(['deploy', 'canary', 'step', 'deploy']);
    expect(world.state.entries.at(-1)).toMatchObject({
      version: '2',
      from: '1',
      verdict: 'no-worse',
      evidence: [{ gate: 'errors', verdict: 'no-worse' }, { gate: 'slow' }],
    });
  });

  it.each<[string, (world: CanaryWorld) => void, string]>([
    ['fails 5 % of its requests', (world) => (world.candidate = { errors: 0.05, slow: 0 }), 'errors-worse'],
    ['is slow', (world) => (world.candidate = { errors: 0, slow: 0.8 }), 'slow-worse'],
    [
      'gives every row the same score',
      (world) => {
        const reference = [0.7, 0.2, 0.1];
        world.scores = {
          candidate: { bins: [0, 60, 0], unplaced: 0, reference },
          champion: { bins: [700, 200, 100], unplaced: 0, reference },
        };
      },
      'scores-constant',
    ],
    [
      'scores what is no number',
      (world) => {
        world.scores = {
          candidate: { bins: [7, 2, 1], unplaced: 1, reference: [] },
          champion: { bins: [700, 200, 100], unplaced: 0, reference: [] },
        };
      },
      'scores-not-numbers',
    ],
    [
      'raises an alarm for nearly everything',
      (world) => {
        world.candidate = { errors: 0, slow: 0, positive: 0.95 };
        world.champion = { errors: 0, slow: 0, positive: 0.005 };
      },
      'decision-rate',
    ],
  ])('that %s is off within 45 s', async (_, spoil, reason) => {
    const world = await begun();
    spoil(world);
    const before = world.now;
    await watched(world, 60);
    expect(world.now - before).toBeLessThan(45_000);
    expect(world.routes[MODEL]).toEqual({ '1': 100, '2': 0 });
    expect(world.canary).toBeUndefined();
    expect(world.state.entries.at(-1)).toMatchObject({ action: 'rollback', version: '1', from: '2', reason });
  });

  it.each([
    ['three times as many alarms', 0.015, 0.005],
    ['a third of the alarms', 0.005, 0.015],
    ['no alarm, like the champion', 0, 0],
  ])('that raises %s passes: a retrained model may', async (_, candidate, champion) => {
    const world = await begun();
    world.candidate = { errors: 0, slow: 0, positive: candidate };
    world.champion = { errors: 0, slow: 0, positive: champion };
    await watched(world, 60);
    expect(world.aliases.champion).toBe('2');
  });

  it('that no longer raises alarms is rolled back, by what all its weights showed', async () => {
    const world = await begun({ leastRequests: 20_000 });
    world.candidate = { errors: 0, slow: 0, positive: 0 };
    world.champion = { errors: 0, slow: 0, positive: 0.002 };
    while (world.canary?.step === 0) await watched(world, 1);
    expect(world.canary?.past[0]?.decisions?.canary.events).toBe(0);
    await watched(world, 60);
    const { reason, note } = world.state.entries.at(-1) ?? {};
    expect(reason).toBe('decision-rate');
    expect(note).toMatch(
      /^it decides positive in 0 of [\d,]+, the champion in \d+ of [\d,]+: less than 1\/10 as often$/,
    );
  });

  it('may decide as it likes where the plan has no factor', async () => {
    const { decisionRateFactor, ...plan } = PLAN;
    expect(decisionRateFactor).toBe(10);
    const world = new CanaryWorld('1');
    await beginCanary(world.ports(), command(), '2', plan);
    world.candidate = { errors: 0, slow: 0, positive: 1 };
    world.champion = { errors: 0, slow: 0, positive: 0 };
    await watched(world, 60);
    expect(world.aliases.champion).toBe('2');
  });

  it('that becomes worse in probation is rolled back, the alias too', async () => {
    const world = await promoted();
    expect(world.canary?.phase).toBe('probation');
    await watched(world, 1);
    world.candidate = { errors: 0.05, slow: 0 };
    await watched(world, 5);
    expect(shape(world.state)).toBe('1:100 2:0');
    expect(world.aliases.champion).toBe('1');
  });

  it('has its versions tidied up afterwards', async () => {
    const world = await begun({}, '3', '1');
    world.candidate = { errors: 0.05, slow: 0 };
    await watched(world, 60);
    await tidy(world.ports(), command({ since: new Date(world.now) }));
    expect(shape(world.state)).toBe('1:100 3:0');
  });
});

describe('a canary never goes on, and says why, when', () => {
  const altered = (change: (reading: Reading & { kind: 'evidence' }) => Reading) => (world: CanaryWorld) => {
    world.change = (reading) => (reading.kind === 'evidence' ? change(reading) : reading);
  };
  const minutesEarlier = (date: Date, minutes: number) => new Date(date.getTime() - minutes * 60_000);

  it.each<[string, (world: CanaryWorld) => void, string]>([
    [
      'nothing answers',
      (world) => {
        world.before = (operation) => {
          if (operation === 'evidence') throw new Error('connect ECONNREFUSED');
        };
      },
      'no-answer',
    ],
    ['there are no samples', altered(() => ({ kind: 'none', reason: 'no-data', why: 'empty' })), 'no-data'],
    [
      'the samples are old',
      altered((each) => ({ ...each, newest: minutesEarlier(each.newest, 3) })),
      'stale',
    ],
    [
      'the counts are impossible',
      altered((each) => {
        const wrong = { requests: 5, events: 6 };
        return { ...each, live: { ...each.live, errors: { candidate: wrong, champion: wrong } } };
      }),
      'contradictory',
    ],
    [
      'requests do not follow the weights',
      altered((each) => {
        const { candidate, champion } = each.live.errors;
        const errors = { candidate: champion, champion: candidate };
        return { ...each, live: { ...each.live, errors } };
      }),
      'contradictory',
    ],
    ['no request comes', (world) => (world.rate = 0), 'not-enough-evidence'],
    [
      'the list was edited by hand',
      (world) => {
        const { list } = world.releases;
        const [a, b] = list.models[MODEL]?.versions ?? [];
        if (!a || !b || !list.models[MODEL]) throw new Error('no versions');
        const versions = [
          { ...a, weight: 40 },
          { ...b, weight: 60 },
        ];
        world.releases = {
          ...world.releases,
          list: { ...list, models: { [MODEL]: { ...list.models[MODEL], versions } } },
        };
      },
      'list-edited',
    ],
  ])('%s', async (_, spoil, reason) => {
    const world = await begun();
    spoil(world);
    const { last } = await watched(world, 90);
    expect(last?.reason).toBe(reason);
    expect(world.canary).toMatchObject({ step: 0, phase: 'canary' });
    // The lease goes on: serving is unaffected.
    expect(Date.parse(world.canary?.until ?? '')).toBeGreaterThan(world.now);
  });

  it.each([600, -600])('this clock is wrong by %d s; then the lease is not renewed either', async (error) => {
    const world = await begun();
    await watched(world, 1);
    const { until } = world.canary ?? {};
    world.clockError = error;
    const { last } = await watched(world, 30);
    expect(last).toMatchObject({ reason: 'clocks-differ', renew: false });
    expect(world.canary).toMatchObject({ step: 0, phase: 'canary', until });
  });

  it('a gateway pod does not follow', async () => {
    const world = await begun();
    world.before = (operation) => {
      if (operation === 'takeUp') throw new Error('pod a is late');
    };
    const { last, events } = await watched(world, 1);
    expect(last?.reason).toBe('weights-not-in-force');
    expect(events).toContainEqual({ kind: 'failed', what: 'gateway', why: 'pod a is late' });
  });

  it.each([
    ['hold', 'canary'],
    ['rollback', undefined],
  ] as const)('evidence does not come in time: %s', async (withoutEvidence, phase) => {
    const world = await begun({ withoutEvidence });
    world.rate = 0;
    await watched(world, 90);
    expect(world.canary?.phase).toBe(phase);
    const reason = world.state.entries.at(-1)?.reason;
    expect(reason).toBe(withoutEvidence === 'hold' ? undefined : 'no-evidence-in-time');
  });
});

it('a promotion is not final without evidence from the probation', async () => {
  const world = await promoted();
  world.change = () => ({ kind: 'none', reason: 'no-data', why: 'empty' });
  const { last } = await watched(world, 60);
  expect(last?.reason).toBe('no-data');
  expect(world.canary?.phase).toBe('probation');
});

describe('a canary that nobody watches', () => {
  it('is over: the next watcher finds its lease ended, and writes so', async () => {
    const world = await begun();
    await watched(world, 1);
    world.now += 300_000;
    await watched(world, 1);
    expect(shape(world.state)).toBe('1:100 2:0');
    expect(world.state.entries.at(-1)).toMatchObject({ action: 'rollback', reason: 'unwatched' });
  });
});

describe('commands during a canary', () => {
  it('a rollback ends it', async () => {
    const world = await begun();
    await watched(world, 1);
    await rollback(world.ports(), command({ since: new Date(world.now) }));
    expect(shape(world.state)).toBe('1:100');
    expect(world.state.entries.at(-1)).toMatchObject({ action: 'rollback', version: '1', from: '2' });
    expect(await look(world.canaryPorts(), watcher())).toBe(true);
  });

  it('a rollback of a promoted version goes to the champion before it', async () => {
    const world = await promoted();
    await rollback(world.ports(), command({ since: new Date(world.now) }));
    expect(shape(world.state)).toBe('1:100 2:0');
  });

  it('a deployment replaces it', async () => {
    const world = await begun();
    await deploy(world.ports(), command({ since: new Date(world.now) }), '3');
    expect(shape(world.state)).toBe('3:100 1:0');
    expect(world.canary).toBeUndefined();
  });

  it('a second canary is refused, and one without a champion', async () => {
    const world = await begun();
    const asking = command({ since: new Date(world.now) });
    await expect(beginCanary(world.ports(), asking, '3', PLAN)).rejects.toMatchObject({
      failure: { kind: 'canaryRunning', version: '2' },
    });
    await expect(beginCanary(new CanaryWorld().ports(), command(), '2', PLAN)).rejects.toMatchObject({
      failure: { kind: 'noChampion' },
    });
  });

  it('hold a watcher off while they run', async () => {
    const world = await begun();
    const events = watcher();
    world.before = (operation) => {
      if (operation !== 'takeUp') return;
      world.before = () => undefined;
    };
    const claim = world.claims.get(MODEL);
    if (!claim) throw new Error('no claim');
    const holder = {
      who: 'ada@laptop',
      host: 'laptop',
      pid: 7,
      incarnation: '7',
      command: 'mlops deploy fraud@3',
    };
    world.claims.set(MODEL, {
      revision: claim.revision + 1,
      record: { ...claim.record, holder, renewed: new Date(world.now) },
    });
    expect(await look(world.canaryPorts(), events)).toBe(false);
    expect(events.events).toEqual([{ kind: 'waiting', for: 'ada@laptop (mlops deploy fraud@3, process 7)' }]);
  });
});
