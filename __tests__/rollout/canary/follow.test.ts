import { describe, expect, it } from '@jest/globals';
import { endOf, follow } from '../../../rollout/canary/follow';
import { look } from '../../../rollout/canary/watch';
import { beginCanary, rollback } from '../../../rollout/engine';
import { CanaryWorld, PLAN, watcher } from '../support/canary-world';
import { command } from '../support/memory-ports';

async function begun(errors = 0): Promise<CanaryWorld> {
  const world = new CanaryWorld('1');
  world.rate = 1_000;
  world.candidate = { errors, slow: 0 };
  await beginCanary(world.ports(), command(), '2', PLAN);
  return world;
}

/** Follows a canary while a controller looks first each time, for as long as that leads. */
async function followed(world: CanaryWorld, ledLooks: number) {
  const observer = watcher('ada@laptop');
  const controller = world.canaryPorts(1);
  let looks = 0;
  const isLed = async () => {
    looks += 1;
    if (looks > ledLooks) return false;
    await look(controller, watcher('controller'));
    return true;
  };
  const signal = AbortSignal.timeout(20_000);
  const led = await follow(world.canaryPorts(2), observer, { signal, seconds: 15 }, isLed);
  return { led, events: observer.events.map(({ kind }) => kind) };
}

const authors = (world: CanaryWorld) => world.state.entries.slice(2).map(({ by }) => by);

describe('a command that follows a canary', () => {
  it('shows what the controller decides, and decides nothing', async () => {
    const world = await begun();
    const { led, events } = await followed(world, Infinity);
    expect(led).toBe(true);
    expect(events.filter((kind) => kind !== 'judged')).toEqual([
      'led',
      'in-force',
      'raised',
      'in-force',
      'promoted',
      'in-force',
    ]);
    expect(authors(world)).toEqual(['controller', 'controller']);
    expect(endOf(world.state, '2')).toEqual({ kind: 'passed' });
  });

  it('decides itself where no controller leads', async () => {
    const world = await begun(0.05);
    const { led, events } = await followed(world, 0);
    expect(led).toBe(false);
    expect([events[0], events.at(-1)]).toEqual(['unled', 'rolled-back']);
    expect(authors(world)).toEqual(['ada@laptop']);
  });

  it('goes on where a controller ends', async () => {
    const world = await begun();
    const { led } = await followed(world, 6);
    expect(led).toBe(false);
    expect(world.canary).toBeUndefined();
    expect(new Set(authors(world))).toEqual(new Set(['controller', 'ada@laptop']));
    expect(endOf(world.state, '2')).toEqual({ kind: 'passed' });
  });

  it('is told why the controller rolled back', async () => {
    const world = await begun(0.05);
    await followed(world, Infinity);
    expect(endOf(world.state, '2')).toEqual({
      kind: 'rolled-back',
      why: expect.stringMatching(/^errors: \d+ of its /),
    });
  });

  it('is told that somebody else ended the canary', async () => {
    const world = await begun();
    await rollback(world.ports(3), command({ since: new Date(world.now) }));
    await followed(world, Infinity);
    expect(endOf(world.state, '2')).toEqual({ kind: 'replaced' });
  });
});
