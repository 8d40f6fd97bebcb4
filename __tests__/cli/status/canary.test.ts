import { describe, expect, it } from '@jest/globals';
import { describeCanary } from '../../../cli/src/render/canary';
import { historyTable } from '../../../cli/src/render/history';
import { canaryOf } from '../../../cli/src/status/canary';
import { look } from '../../../rollout/canary/watch';
import { beginCanary } from '../../../rollout/engine';
import { CanaryWorld, PLAN, watcher } from '../../rollout/support/canary-world';
import { command, MODEL } from '../../rollout/support/memory-ports';

/** A canary whose first weight is in force, and so many seconds of requests. */
async function after(seconds: number, errors = 0): Promise<CanaryWorld> {
  const world = new CanaryWorld('1');
  await beginCanary(world.ports(), command(), '2', PLAN);
  world.candidate = { errors, slow: 0 };
  await look(world.canaryPorts(), watcher());
  world.now += seconds * 1000;
  return world;
}

function shown(world: CanaryWorld): string {
  const { canary } = world;
  if (canary?.since === undefined) throw new Error('no canary in force');
  const since = new Date(canary.since);
  const reading = world.reading({ model: MODEL, candidate: '2', champion: '1', since });
  const status = canaryOf(world.state, reading, new Date(world.now));
  return status === null
    ? 'none'
    : describeCanary(status)
        .join('\n')
        .replace(/\.\d+Z/g, 'Z');
}

describe('mlops status', () => {
  it('shows the step of a canary, its evidence, and what is missing', async () => {
    expect(shown(await after(60))).toMatchInlineSnapshot(`
     "  canary             version 2 beside 1 at 5 % of 5, 25, 100 %, since 2026-01-01T12:00:00Z; unwatched it ends at 2026-01-01T12:02:00Z
                          errors 0 of 450 against 0 of 8,550: not enough evidence
                          slow 0 of 450 against 0 of 8,550: not enough evidence
                          holds (not-enough-evidence): 50 more requests at this weight; errors: about 2415 more; slow: about 905 more"
    `);
  });

  it('says what follows', async () => {
    expect(
      shown(await after(60, 0.05))
        .split('\n')
        .at(-1),
    ).toMatchInlineSnapshot(
      `"                     goes back: errors: 23 of its 450, 0 of the champion's 8550"`,
    );
    const ready = await after(100);
    ready.rate = 2_000;
    expect(shown(ready).split('\n').at(-1)).toMatchInlineSnapshot(
      `"                     goes to the next weight"`,
    );
  });

  it('says that a lease has ended', async () => {
    expect(
      shown(await after(300))
        .split('\n')
        .at(-1),
    ).toMatchInlineSnapshot(
      `"                     goes back: nobody renewed its lease, which ended at 2026-01-01T12:02:00Z"`,
    );
  });

  it('shows none without a canary', () => {
    const world = new CanaryWorld('1');
    expect(canaryOf(world.state, { kind: 'none', reason: 'no-data', why: '' }, new Date())).toBeNull();
  });
});

it('mlops history shows why a canary ended, with the evidence', async () => {
  const world = await after(60, 0.05);
  await look(world.canaryPorts(), watcher('bob@ci'));
  const entries = world.state.entries.map((entry) => ({ ...entry, at: 'then', image: 'digest' }));
  expect(historyTable(entries)).toMatchInlineSnapshot(`
   "when  what      version  from  by          image   why
   then  deploy    1        –     ada@laptop  digest  –
   then  canary    2        1     ada@laptop  digest  5 %
   then  rollback  1        2     bob@ci      digest  errors-worse (errors: 23 of its 450, 0 of the champion's 8550); errors 23 of 450 against 0 of 8,550: worse; slow 0 of 450 against 0 of 8,550: not enough evidence"
  `);
});
