import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { look, watch, type CanaryPorts } from '../../../rollout/canary/watch';
import { beginCanary, rollback } from '../../../rollout/engine';
import { serving } from '../../../rollout/releases';
import { CanaryWorld, PLAN, watcher } from '../support/canary-world';
import { command } from '../support/memory-ports';
import { scheduled } from '../support/scheduled';

/** More looks than a canary and its probation take. */
const LOOKS = 80;

async function begun(errors: number): Promise<CanaryWorld> {
  const world = new CanaryWorld('1');
  // Enough requests for a verdict within a few looks.
  world.rate = 2_000;
  await beginCanary(world.ports(), command(), '2', PLAN);
  world.candidate = { errors, slow: 0 };
  world.lists.length = 0;
  return world;
}

/** Looks until the canary has ended. */
async function watches(world: CanaryWorld, ports: CanaryPorts, looks = LOOKS): Promise<void> {
  for (let each = 0; each < looks; each += 1) {
    if (await look(ports, watcher())) return;
    world.now += 15_000;
  }
}

const withoutRepeats = (lists: readonly string[]) => lists.filter((list, index) => list !== lists[index - 1]);
const actions = (world: CanaryWorld) => world.state.entries.map(({ action }) => action);

describe('two watchers of one canary, in every order of their steps', () => {
  it('take each step of a good one once, and none twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const world = await begun(0);
        const ports = [1, 2].map((pid) => scheduled(world.canaryPorts(pid), s, `w${pid}`));
        await s.waitFor(Promise.all(ports.map((each) => watches(world, each))));
        expect(withoutRepeats(world.lists)).toEqual(['1:95 2:5', '1:75 2:25', '2:95 1:5', '2:100 1:0']);
        expect(actions(world)).toEqual(['deploy', 'canary', 'step', 'deploy']);
        expect(world.canary).toBeUndefined();
        expect(world.aliases.champion).toBe('2');
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('roll a bad one back once, and never raise or promote it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const world = await begun(0.05);
        const ports = [1, 2].map((pid) => scheduled(world.canaryPorts(pid), s, `w${pid}`));
        await s.waitFor(Promise.all(ports.map((each) => watches(world, each))));
        expect(withoutRepeats(world.lists)).toEqual(['1:95 2:5', '1:100 2:0']);
        expect(actions(world)).toEqual(['deploy', 'canary', 'rollback']);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('leave a rollback that somebody asked for alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        const world = await begun(0);
        const ports = [1, 2].map((pid) => scheduled(world.canaryPorts(pid), s, `w${pid}`));
        const asking = command({ since: new Date(world.now) });
        const rolledBack = rollback(scheduled(world.ports(3), s, 'command'), asking).then(
          () => true,
          () => false,
        );
        await s.waitFor(Promise.all([rolledBack, ...ports.map((each) => watches(world, each))]));
        const last = world.state.entries.at(-1);
        // Where a watcher was first, the command says so and changes nothing.
        expect(serving(world.state)?.version).toBe((await rolledBack) ? '1' : '2');
        expect(last?.action).toBe((await rolledBack) ? 'rollback' : 'deploy');
        expect(world.canary).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('a watcher that is killed at any of its operations', () => {
  it.each([
    ['good', 0, '2'],
    ['bad', 0.05, '1'],
  ] as const)(
    'is continued by another: %s',
    async (_, errors, serves) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 150 }), async (nth) => {
          const world = await begun(errors);
          let calls = 0;
          world.before = () => {
            calls += 1;
            if (calls >= nth) throw new Error('killed');
          };
          await watches(world, world.canaryPorts(1), 40);
          const entries = world.state.entries.length;
          world.before = () => undefined;
          // It comes back within the lease.
          world.now = Math.min(world.now, Date.parse(world.canary?.until ?? '9999-01-01') - 1_000);
          await watch(world.canaryPorts(2), watcher(), {
            signal: AbortSignal.timeout(20_000),
            seconds: 15,
          });
          expect(world.canary).toBeUndefined();
          expect(serving(world.state)?.version).toBe(serves);
          const all = actions(world);
          expect(all.length).toBeGreaterThanOrEqual(entries);
          expect(all).toEqual(
            errors === 0 ? ['deploy', 'canary', 'step', 'deploy'] : ['deploy', 'canary', 'rollback'],
          );
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );
});
