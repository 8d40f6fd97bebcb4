/**
 * The kept corpus: inputs that the model server once got wrong and that need a model, a transport or several encodings of
 * their own; the others are among the requests of the fuzzer of connections. Recorded in docs/results/hardening.{json,md}.
 */
import { rmSync } from 'node:fs';

import { BUNDLE, bundle } from '../../../model-server/build';
import { writePackage } from '../../../model-server/testing/package';
import { spawnServer } from '../../../model-server/testing/server-process';
import { recordHardening } from '../../recorder/hardening';
import { REGRESSIONS } from './cases';
import type { Regression } from './cases';

async function outcomeOf({ changes, run }: Regression): Promise<readonly string[]> {
  const modelDir = await writePackage(await changes());
  const server = spawnServer(BUNDLE, { MODEL_DIR: modelDir, GRPC_PORT: '0', LOG_LEVEL: 'info' });
  try {
    const { port, grpcPort = 0 } = await server.ready;
    return await run({ url: `http://127.0.0.1:${port}`, grpcPort });
  } catch (error) {
    return [String(error)];
  } finally {
    server.kill('SIGKILL');
    rmSync(modelDir, { recursive: true, force: true });
  }
}

await bundle();
const wrong: string[] = [];
for (const regression of REGRESSIONS)
  wrong.push(...(await outcomeOf(regression)).map((line) => `${regression.id}: ${line}`));
for (const line of wrong) console.log(line);
console.log(`${REGRESSIONS.length} kept cases, ${wrong.length} wrong answers`);
recordHardening({ regressions: REGRESSIONS.length, regressions_wrong: wrong.length }, 'make fuzz');
if (wrong.length > 0) process.exitCode = 1;
