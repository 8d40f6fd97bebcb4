/**
 * The study of restarts under load. usage: node --import tsx studies/drain/main.ts [RESTARTS]
 * Writes docs/results/model-server-drain.{json,md}; ends with code 1 where a request was lost.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { bundle } from '../../model-server/build';
import { writePackage } from '../../model-server/testing/package';
import { record } from './record';
import { restartUnderLoad } from './restarts';

const restarts = Number(process.argv[2] ?? 50);
// A separate build, so that nothing else rebuilds it meanwhile; ONNX Runtime is found from there.
const place = join(ROOT, `model-server/dist/drain-${process.pid}`);
const file = join(place, 'main.mjs');
await bundle(file);
const started = performance.now();
const result = await restartUnderLoad({
  bundle: file,
  modelDir: await writePackage(),
  restarts,
  drainSeconds: 1,
  report: (line) => {
    console.error(line);
  },
});
await rm(place, { recursive: true });
const seconds = Math.round((performance.now() - started) / 1000);
record({ ...result, seconds });
console.log(
  `${result.restarts} restarts in ${seconds} s, ${result.drained} drained: ${result.requests} requests, ${result.lost.length} lost`,
);
for (const lost of result.lost.slice(0, 20)) console.log(`  ${lost}`);
if (result.lost.length > 0 || result.drained !== restarts) process.exitCode = 1;
