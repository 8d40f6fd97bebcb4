import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf } from '../ci-follow';
import type { CiBuild } from '../ci';
import { errors } from '../errors';
import { table } from '../render/table';
import { openSession, withCi } from '../session';

const SHOWN = 20;
const POLL_MS = 1_000;

/** Lists the newest builds. */
export async function builds(signal: AbortSignal, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal);
  const [found, waiting] = await withCi(session, async (ci) => [await ci.builds(SHOWN), await ci.waiting()]);
  if (options.json === true) {
    console.log(JSON.stringify({ waiting, builds: found }, null, 2));
    return;
  }
  console.log(
    table(
      ['id', 'build', 'model', 'by', 'started', 'seconds', 'outcome', 'state'],
      found.map((build) => [
        String(build.id),
        nameOf(build),
        build.model ?? '–',
        build.trigger ?? '–',
        build.startedAt.slice(0, 19).replace('T', ' '),
        String(build.seconds),
        build.outcome ?? 'running',
        build.state,
      ]),
    ),
  );
  if (waiting > 0) console.log(`${String(waiting)} waiting for a runner`);
}

/** Prints what a build printed; follows one that runs. */
export async function buildLog(signal: AbortSignal, id: string): Promise<void> {
  const session = openSession(signal);
  if (!/^[1-9]\d{0,8}$/.test(id)) throw errors.unknownBuild(id);
  await withCi(session, async (ci) => {
    const seen = new Map<number, number>();
    for (;;) {
      const build: CiBuild | undefined = await ci.build(Number(id));
      if (build === undefined) throw errors.unknownBuild(id);
      for (const line of await ci.lines(build.id, seen)) console.log(line);
      if (build.outcome !== undefined) {
        console.log(`${nameOf(build)}: ${build.outcome} (${build.state})`);
        return;
      }
      if (signal.aborted) throw errors.interrupted();
      await sleep(POLL_MS);
    }
  });
}
