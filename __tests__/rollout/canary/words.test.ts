import { expect, it } from '@jest/globals';
import { canaryInWords } from '../../../rollout/canary/words';
import { watch } from '../../../rollout/canary/watch';
import { beginCanary } from '../../../rollout/engine';
import { CanaryWorld, PLAN, watcher } from '../support/canary-world';
import { command } from '../support/memory-ports';

it('a canary is told as it goes', async () => {
  const world = new CanaryWorld('1');
  world.rate = 1_000;
  await beginCanary(world.ports(), command(), '2', PLAN);
  const observer = watcher();
  await watch(world.canaryPorts(), observer, { signal: new AbortController().signal, seconds: 60 });
  const told = observer.events.map(canaryInWords);
  expect(told.filter((line, index) => line !== told[index - 1]).slice(0, 12)).toMatchInlineSnapshot(`
   [
     "version 2 at 5 % · holds (weights-not-in-force): not every gateway pod splits by the weights yet",
     "every gateway pod sends 5 % to version 2",
     "version 2 at 5 % · errors 0 of 2,250 against 0 of 42,750: not enough evidence; slow 0 of 2,250 against 0 of 42,750: no worse · holds (not-enough-evidence): errors: about 615 more",
     "version 2 at 5 % · errors 0 of 5,250 against 0 of 99,751: no worse; slow 0 of 5,250 against 0 of 99,751: no worse · goes to the next weight",
     "raising version 2 to 25 %",
     "version 2 at 25 % · holds (weights-not-in-force): not every gateway pod splits by the weights yet",
     "every gateway pod sends 25 % to version 2",
     "version 2 at 25 % · errors 0 of 11,250 against 0 of 33,750: no worse; slow 0 of 11,250 against 0 of 33,750: no worse · is promoted",
     "promoting version 2; its probation begins",
     "version 2 at 95 % · holds (weights-not-in-force): not every gateway pod splits by the weights yet",
     "every gateway pod sends 95 % to version 2",
     "version 2 at 95 % · errors 0 of 42,750 against 0 of 2,250: no worse; slow 0 of 42,750 against 0 of 2,250: no worse · holds (in-probation): 9 min of probation are left",
   ]
  `);
});
