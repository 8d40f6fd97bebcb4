import { createHash } from 'node:crypto';
import { readFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Recipe } from '../../toolchain/artifact';
import { execute } from '../../toolchain/process';
import { ROOT } from '../../contracts/repository';
import { binaryBody, jsonBody } from './requests';
import type { Rows } from './requests';

const COLUMNS = 30;
const SINGLE_BODIES = 4096;
const BATCH_BODIES = 64;

/** Rows of a large batch. */
export const LARGE = 1024;
/** Different bodies of large batches. */
export const LARGE_BODIES = 16;
/** Rows of a middling batch. */
export const MIDDLING = 64;

/** The model as a package, rows, and the scores that they must get. */
export const modelRecipe: Recipe = {
  id: 'bench-model',
  title: 'train the model of 200 trees',
  files: [
    'studies/bench/model/make_model.py',
    'pipeline/steps/export.py',
    'pipeline/steps/proof.py',
    'pipeline/exact.py',
    'pipeline/layer.py',
    'pipeline/requirements.lock',
  ],
  settings: {},
  heavy: true,
  build: async ({ folder, report, signal }) => {
    const python = join(ROOT, '.venv/bin/python');
    await execute(python, ['-m', 'studies.bench.model.make_model', folder], { cwd: ROOT, report, signal });
  },
};

/** Request bodies, as files that the load generator reads. */
export const requestsRecipe: Recipe = {
  id: 'bench-requests',
  title: 'write the request bodies',
  files: ['studies/bench/requests.ts', 'studies/bench/inputs.ts'],
  settings: {},
  needs: [modelRecipe],
  build: ({ folder, input }) => {
    const rows = readRows(input(modelRecipe));
    const lines = (count: number, bodies: number) =>
      Array.from({ length: bodies }, (_, index) => jsonBody(rows, index * count, count)).join('\n');
    writeFileSync(join(folder, 'single.jsonl'), lines(1, SINGLE_BODIES));
    writeFileSync(join(folder, 'middling.jsonl'), lines(MIDDLING, BATCH_BODIES));
    writeFileSync(join(folder, 'large.jsonl'), lines(LARGE, LARGE_BODIES));
    mkdirSync(join(folder, 'binary'));
    for (let index = 0; index < LARGE_BODIES; index++) {
      writeFileSync(join(folder, 'binary', `${index}.bin`), binaryBody(rows, index * LARGE, LARGE).body);
    }
    return Promise.resolve();
  },
};

/** @param folder of {@link modelRecipe} */
export function readRows(folder: string): Rows {
  return { values: readFloats(join(folder, 'rows.f32')), columns: COLUMNS };
}

/** @param folder of {@link modelRecipe} */
export function readScores(folder: string): Float32Array {
  return readFloats(join(folder, 'scores.f32'));
}

function readFloats(file: string): Float32Array {
  return new Float32Array(Uint8Array.from(readFileSync(file)).buffer);
}

/** SHA-256 of the model file: equal for equal models. @param model folder of the package */
export function modelDigest(model: string): string {
  return createHash('sha256')
    .update(readFileSync(join(model, 'model.onnx')))
    .digest('hex');
}
