import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withMlflow } from '../../cli/src/session';
import type { CiBuilder } from '../../contracts/ci';
import { recordCi } from '../../studies/recorder/ci';
import { expectThat } from '../support/expect-that';
import { awaited } from './ci/awaited';
import { ask, ended, newestBuild, settled, startedAfter } from './ci/builds';
import { Branch } from './ci/commits';
import { expectAgreementOn, predict } from './support/agreement';
import { platform } from './support/cluster';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { exampleRequest, gateway } from './support/platform';

const MEASURED_BY = 'make e2e-ci';
const SERVER = 'model-server/src/main.ts';
/** Polling, and the start of a pod. */
const STARTED = 90_000;
/** `make check` alone, up to the error, on the cores that the cluster has left. */
const CHECKED = 15 * 60_000;
/** `make check` and `make test`. */
const TESTED = 45 * 60_000;
const STEP = 15 * 60_000;

/** A change of the server that every test accepts, and that a look at its process shows. */
const changed = (source: string) => `${source}\nprocess.title = 'model-server-of-a-commit';\n`;

const FAILURE = /^\s*(FAIL|FAILED|✕|●|E  )|\bError: /;

async function nextOf(builder: CiBuilder, after: number, started: number, ends: number): Promise<string> {
  const build = await startedAfter(after, builder, started);
  const last = (await settled(build.request, ends)).at(-1);
  if (last?.outcome === 'success') return 'success';
  const log = last === undefined ? [] : await ask((ci) => ci.lines(last.id, new Map()));
  // Tests run side by side: what failed may stand anywhere in the log, its cause in the lines below.
  const failures = log.flatMap((line, at) => (FAILURE.test(line) ? [...log.slice(at, at + 12), '…'] : []));
  const lines = [...failures.slice(0, 120), ...log.slice(-40)];
  return `${builder}: ${last?.outcome ?? 'no build'}, ${last?.state ?? ''}\n${lines.join('\n')}`;
}

/** From a commit to what clients get, and no further than its tests. */
export function commit(branch: Branch): void {
  describe('a commit', () => {
    let original = '';
    let before = 0;
    let load: ConstantLoad | undefined;

    afterAll(() => load?.stop());

    beforeAll(async () => {
      original = branch.read(SERVER);
      before = await newestBuild();
    });

    it(
      'with a syntax error fails its tests and goes no further',
      async () => {
        const { version, scores } = await predict();
        branch.commit(SERVER, `${original}\nthis is no TypeScript {\n`, 'feat(model-server): break it');
        const build = await startedAfter(before, 'test', STARTED);
        const end = await ended(build.id, CHECKED);
        const log = (await ask((ci) => ci.lines(build.id, new Map()))).join('\n');
        expectThat(end.outcome, `${end.state}\n${log.slice(-4_000)}`).toBe('failure');
        expect(log).toContain(SERVER);
        expect(log).toMatch(/error/i);
        const later = (await ask((ci) => ci.builds(20))).filter(({ id }) => id > build.id);
        expect(later).toEqual([]);
        expect(await predict()).toMatchObject({ status: 200, version, scores });
        await expectAgreementOn(version ?? '');
      },
      STARTED + CHECKED + STEP,
    );

    it(
      'to the model server is tested, built, and served with the model that served before',
      async () => {
        const { version, scores } = await predict();
        const versions = await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
        const serverBefore = versions.find((each) => each.version === version)?.tags.model_server;
        load = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, 20);
        const after = await newestBuild();
        const since = Date.now();
        branch.commit(SERVER, changed(original), 'feat(model-server): name the process');
        expect(await nextOf('test', after, STARTED, TESTED)).toBe('success');
        expect(await nextOf('image', after, STARTED, STEP)).toBe('success');
        expect(await nextOf('reconcile', after, STARTED, STEP)).toBe('success');
        const now = await awaited('an answer of the new version', 30_000, async () => {
          const answer = await predict();
          expect(answer.version).not.toBe(version);
          return answer;
        });
        const seconds = (Date.now() - since) / 1000;
        const { failures } = await load.stop();
        recordCi({ commit_to_served_s: seconds, commit_failed_requests: failures.length }, MEASURED_BY);
        expect(failures).toEqual([]);
        expect(now.scores).toEqual(scores);
        const made = (await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'))).find(
          (each) => each.version === now.version,
        );
        expect(made?.tags.repackaged_from).toBe(version);
        expect(made?.tags.model_server).not.toBe(serverBefore);
        await expectAgreementOn(now.version ?? '');
      },
      2 * TESTED,
    );
  });
}
