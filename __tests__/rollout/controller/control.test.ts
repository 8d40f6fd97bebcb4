import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { control, type ControllerEvent } from '../../../rollout/controller/control';
import type { HoldReason } from '../../../rollout/canary/decide';
import { beginCanary } from '../../../rollout/engine';
import { serving } from '../../../rollout/releases';
import { CanaryWorld, PLAN } from '../support/canary-world';
import { command, shape } from '../support/memory-ports';

const LOOK_SECONDS = 5;

async function begun(errors: number): Promise<CanaryWorld> {
  const world = new CanaryWorld('1');
  world.rate = 1_000;
  world.candidate = { errors, slow: 0 };
  await beginCanary(world.ports(), command(), '2', PLAN);
  return world;
}

/** Runs a controller until nothing is left to watch, or for so many looks. */
async function controls(world: CanaryWorld, looks = 2_000) {
  const events: ControllerEvent[] = [];
  const end = new AbortController();
  let left = looks;
  const ports = world.canaryPorts(1);
  const clock = {
    ...ports.clock,
    sleep: async (seconds: number) => {
      left -= 1;
      if (left <= 0) end.abort();
      world.now += seconds * 1000;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  await control(
    () => ({ ...ports, clock }),
    { ...ports, clock },
    {
      by: 'controller',
      seconds: LOOK_SECONDS,
      signal: end.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.kind === 'ended') end.abort();
      },
    },
  );
  return events;
}

const actions = (world: CanaryWorld) => world.state.entries.map(({ action }) => action);

describe('the controller', () => {
  it('promotes a good canary, and ends its probation', async () => {
    const world = await begun(0);
    await controls(world);
    expect(shape(world.state)).toBe('2:100 1:0');
    expect(world.canary).toBeUndefined();
    expect(world.state.entries.slice(1).map(({ by, action }) => [by, action])).toEqual([
      ['ada@laptop', 'canary'],
      ['controller', 'step'],
      ['controller', 'deploy'],
    ]);
  });

  it('takes a bad one off within 45 s of its first requests', async () => {
    const world = await begun(0.05);
    const began = world.now;
    await controls(world);
    const last = world.state.entries.at(-1);
    expect(last).toMatchObject({ action: 'rollback', reason: 'errors-worse', by: 'controller' });
    expect((Date.parse(last?.at ?? '') - began) / 1000).toBeLessThanOrEqual(45);
  });

  it('takes one off that turns bad after its promotion', async () => {
    const world = await begun(0);
    const ports = world.canaryPorts(1);
    const { change } = world;
    world.change = (reading) => {
      if (world.canary?.phase === 'probation') world.candidate = { errors: 0.05, slow: 0 };
      return change(reading);
    };
    expect(ports).toBeDefined();
    await controls(world);
    expect(shape(world.state)).toBe('1:100 2:0');
    expect(world.state.entries.at(-1)).toMatchObject({ action: 'rollback', reason: 'errors-worse' });
  });

  it('watches every model with a canary, and those that begin meanwhile', async () => {
    const world = new CanaryWorld('1');
    world.rate = 1_000;
    let began: Promise<unknown> | undefined;
    world.before = (operation) => {
      if (operation !== 'read' || began !== undefined) return;
      began = Promise.resolve();
      began = beginCanary(world.ports(2), command({ since: new Date(world.now + 3_600_000) }), '2', PLAN);
    };
    const events = await controls(world);
    expect(events[0]).toEqual({ kind: 'watching', model: 'fraud' });
    expect(shape(world.state)).toBe('2:100 1:0');
  });

  it('holds while the list cannot be read, and says so', async () => {
    const world = await begun(0);
    const stored = world.releases;
    world.before = () => {
      throw new Error('no route to host');
    };
    const events = await controls(world, 20);
    expect(events).toContainEqual({ kind: 'list-unreadable', why: 'no route to host' });
    expect(world.releases).toBe(stored);
  });
});

describe('a controller that is killed at any call of a rollout', () => {
  it.each([
    ['good', 0, '2'],
    ['bad', 0.05, '1'],
  ] as const)(
    'is continued by the next: a %s canary ends as without the kill, and no step is taken twice',
    async (_, errors, serves) => {
      const undisturbed = await begun(errors);
      let total = 0;
      undisturbed.before = () => {
        total += 1;
      };
      await controls(undisturbed);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: total }), { minLength: 1, maxLength: 4 }),
          async (kills) => {
            const world = await begun(errors);
            for (const kill of kills) {
              let calls = 0;
              world.before = () => {
                calls += 1;
                if (calls >= kill) throw new Error('killed');
              };
              await controls(world, 60);
              if (world.canary === undefined) break;
              // The next one is there within the lease.
              const until = Date.parse(world.canary.until ?? '9999-01-01T00:00:00Z');
              world.now = Math.min(world.now, until - 30_000);
            }
            world.before = () => undefined;
            await controls(world);
            expect(world.canary).toBeUndefined();
            expect(serving(world.state)?.version).toBe(serves);
            expect(actions(world)).toEqual(actions(undisturbed));
          },
        ),
        { numRuns: 60 },
      );
    },
    120_000,
  );

  it('is missed by nobody if there is no next one: the lease ends, and whoever comes later goes back', async () => {
    const world = await begun(0);
    await controls(world, 10);
    world.now += 3_600_000;
    await controls(world);
    expect(shape(world.state)).toBe('1:100 2:0');
    expect(world.state.entries.at(-1)).toMatchObject({ action: 'rollback', reason: 'unwatched' });
  });
});

describe('a controller holds, and says so,', () => {
  it.each<[string, HoldReason, (world: CanaryWorld) => void]>([
    [
      'with a clock ten minutes ahead',
      'clocks-differ',
      (world) => {
        world.clockError = 600;
      },
    ],
    [
      'with a clock ten minutes behind',
      'clocks-differ',
      (world) => {
        world.clockError = -600;
      },
    ],
    [
      'without an answer of Prometheus',
      'no-answer',
      (world) => {
        world.change = () => ({ kind: 'none', reason: 'no-answer', why: 'connect ECONNREFUSED' });
      },
    ],
    [
      'with an empty Prometheus',
      'no-data',
      (world) => {
        world.change = () => ({
          kind: 'none',
          reason: 'no-data',
          why: 'no samples',
          at: new Date(world.now),
        });
      },
    ],
    [
      'with samples that are old',
      'stale',
      (world) => {
        world.change = (reading) =>
          reading.kind === 'evidence' ? { ...reading, newest: new Date(world.now - 300_000) } : reading;
      },
    ],
    [
      'with a list that somebody edited',
      'list-edited',
      (world) => {
        const { list, history } = world.releases;
        const fraud = list.models.fraud;
        if (fraud === undefined) throw new Error('no model');
        const versions = fraud.versions.map((each) => ({ ...each, weight: 50 }));
        world.releases = { list: { ...list, models: { fraud: { ...fraud, versions } } }, history };
        world.revision += 1;
      },
    ],
  ])('%s', async (_, reason, disturb) => {
    const world = await begun(0);
    // The first weight is in force.
    await controls(world, 4);
    disturb(world);
    const before = actions(world);
    const events = await controls(world, 12);
    const held = events.flatMap((event) =>
      event.kind === 'canary' && event.event.kind === 'judged' && event.event.decision.kind === 'hold'
        ? [event.event.decision.reason]
        : [],
    );
    expect(new Set(held)).toEqual(new Set([reason]));
    expect(actions(world)).toEqual(before);
  });
});
