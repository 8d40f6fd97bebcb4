import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deploy, rollback } from '../../rollout/engine';
import { RolloutError, RolloutFailed } from '../../rollout/failures';
import type { ClaimStore, Ports } from '../../rollout/ports';
import { sameState, serving, stateOf, type ModelState } from '../../rollout/releases';
import { scheduled } from './support/scheduled';
import { command, deployed, MemoryPlatform, MODEL, shape } from './support/memory-ports';

interface Asked {
  readonly action: 'deploy' | 'rollback';
  readonly version: string;
}

const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc.record({ action: fc.constant('deploy' as const), version: fc.constantFrom('1', '3', '4') }),
  fc.record({ action: fc.constant('rollback' as const), version: fc.constantFrom('1', '2') }),
);

/** Claims that everybody gets: what is left of the safety is compare-and-swap. */
const noClaims: ClaimStore = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve('1'),
};

function run(ports: Ports, { action, version }: Asked, model = MODEL): Promise<unknown> {
  const asking = command({ model, text: `mlops ${action} ${model}@${version}` });
  return action === 'deploy' ? deploy(ports, asking, version) : rollback(ports, asking, version);
}

/** What serves is what was deployed or rolled back to last. */
const servesItsLast = (state: ModelState) => serving(state)?.version === state.entries.at(-1)?.version;

const reason = (outcome: PromiseSettledResult<unknown>) =>
  outcome.status === 'fulfilled'
    ? 'won'
    : outcome.reason instanceof RolloutError
      ? outcome.reason.failure.kind
      : outcome.reason instanceof RolloutFailed && outcome.reason.cause instanceof RolloutError
        ? outcome.reason.cause.failure.kind
        : String(outcome.reason);

describe('two concurrent commands on one model, in every order of their steps', () => {
  const properties = async (s: fc.Scheduler, pair: readonly [Asked, Asked], claims: boolean) => {
    const platform = new MemoryPlatform(deployed('1', '2', '3'));
    // What serves is version 3, so each of these would be done if it were alone.
    const before = platform.state;
    const [a, b] = [1, 2].map((pid) => {
      const ports = platform.ports(pid);
      return scheduled(claims ? ports : { ...ports, claims: noClaims }, s, `p${pid}`);
    }) as [Ports, Ports];
    const both = Promise.allSettled([run(a, pair[0]), run(b, pair[1])]);
    await s.waitFor(both);
    const outcomes = await both;
    return { platform, before, outcomes, kinds: outcomes.map(reason) };
  };
  const alone = asked.filter(({ action, version }) => action === 'rollback' || version !== '3');

  it('exactly one wins; the other changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.tuple(alone, alone), async (s, pair) => {
        const { platform, before, outcomes, kinds } = await properties(s, pair, true);
        expect(kinds.filter((kind) => kind === 'won')).toHaveLength(1);
        expect(kinds.filter((kind) => kind === 'claimed' || kind === 'changed')).toHaveLength(1);
        const winner = pair[outcomes.findIndex(({ status }) => status === 'fulfilled')];
        const { state } = platform;
        expect(serving(state)?.version).toBe(winner?.version);
        expect(state.entries).toHaveLength(before.entries.length + 1);
        expect(state.entries.at(-1)).toMatchObject({ action: winner?.action, version: winner?.version });
        expect(state.versions).toHaveLength(2);
        expect([...platform.running].sort()).toEqual(
          state.versions.map(({ version }) => `fraud@${version}`).sort(),
        );
        expect(platform.aliases.champion).toBe(winner?.version);
        // No list but the winner's was ever stored.
        const losing = pair
          .map(({ version }) => version)
          .filter((version) => version !== winner?.version)
          .filter((version) => !before.versions.some((running) => running.version === version));
        const lists = platform.lists.join(' ');
        expect(losing.filter((version) => lists.includes(`${version}:`))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('without claims neither overwrites the other: the list is the last winner’s', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.tuple(alone, alone), async (s, pair) => {
        const { platform, before, outcomes, kinds } = await properties(s, pair, false);
        // The winner may also have removed what the other had just started.
        const lost = /^changed$|fraud@\d+ does not answer$/;
        expect(kinds.filter((kind) => kind !== 'won' && !lost.test(kind))).toEqual([]);
        const won = outcomes.filter(({ status }) => status === 'fulfilled').length;
        expect(platform.state.entries.length).toBeGreaterThanOrEqual(before.entries.length + won);
        const kept = won === 0 ? sameState(platform.state, before) : servesItsLast(platform.state);
        expect(kept).toBe(true);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('a failure anywhere in the winner leaves the list either unchanged or as the winner wanted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.tuple(alone, alone),
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom('apply', 'takeUp', 'proveAnswers', 'deployable', 'setAlias champion'),
        async (s, pair, nth, operation) => {
          const platform = new MemoryPlatform(deployed('1', '2', '3'));
          const before = platform.state;
          let calls = 0;
          platform.before = (each) => {
            if (each === operation && (calls += 1) === nth) throw new Error('fault');
          };
          const both = Promise.allSettled([
            run(scheduled(platform.ports(1), s, 'p1'), pair[0]),
            run(scheduled(platform.ports(2), s, 'p2'), pair[1]),
          ]);
          await s.waitFor(both);
          const added = platform.state.entries.slice(before.entries.length);
          expect(added.length).toBeLessThanOrEqual(2);
          const kept = added.length === 0 ? sameState(platform.state, before) : servesItsLast(platform.state);
          expect(kept).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);
});

it('two commands on two models never conflict, in any order of their steps', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (s) => {
      const platform = new MemoryPlatform(deployed('1'));
      const both = Promise.allSettled([
        run(scheduled(platform.ports(1), s, 'p1'), { action: 'deploy', version: '2' }),
        run(scheduled(platform.ports(2), s, 'p2'), { action: 'deploy', version: '4' }, 'churn'),
      ]);
      await s.waitFor(both);
      expect((await both).map(reason)).toEqual(['won', 'won']);
      expect(shape(platform.state)).toBe('2:100 1:0');
      expect(shape(stateOf(platform.releases, 'churn'))).toBe('4:100');
      expect(platform.running.size).toBe(3);
    }),
    { numRuns: 100 },
  );
}, 60_000);
