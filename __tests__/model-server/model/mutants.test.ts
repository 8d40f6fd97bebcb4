import { rm } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';

import { StartError } from '../../../model-server/src/errors';
import { loadModel } from '../../../model-server/src/model/model';
import type { Settings } from '../../../model-server/src/settings';
import { mutantFamilies } from '../../../model-server/testing/mutants';
import { damagedEnsembles } from '../../../model-server/testing/mutants/ensemble';
import type { Mutant } from '../../../model-server/testing/mutants';
import { classifier, regressor } from '../../../model-server/testing/mutants/graphs';
import { flipBit, randomNumbers, seal, writeFiles } from '../../../model-server/testing/mutants/mutant';
import type { Files } from '../../../model-server/testing/mutants/mutant';
import { encodeModel } from '../../../model-server/testing/onnx-writer';

type Runtime = Settings['runtime'];

const FAMILIES = mutantFamilies();
const TOTAL = FAMILIES.reduce((sum, { mutants }) => sum + mutants.length, 0);

/** What a start makes of a package: the reason of its refusal, or what went wrong instead. */
async function outcome(files: Files, runtime: Runtime = 'auto'): Promise<string> {
  const folder = await writeFiles(files);
  try {
    await loadModel(folder, '1', { runtime, batching: { maxRows: 64, maxWaitMilliseconds: 0 } });
    return 'served';
  } catch (error) {
    return error instanceof StartError ? error.reason : `not a refusal: ${String(error)}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The mutants that were not refused for a right reason. */
async function survivors(mutants: readonly Mutant[], runtime?: Runtime): Promise<string[]> {
  const wrong: string[] = [];
  for (const { change, files, reasons } of mutants) {
    const result = await outcome(files, runtime);
    if (!reasons.some((reason) => reason === result)) wrong.push(`${change}: ${result}`);
  }
  return wrong;
}

describe('the packages that mutants derive from', () => {
  it.each([
    ['a regressor', regressor()],
    ['a classifier', classifier()],
  ])('of %s are served', async (_case, model) => {
    expect(await outcome(seal(encodeModel(model)))).toBe('served');
  });
});

describe(`of ${TOTAL} mutants, none is served:`, () => {
  it('there are at least 200, all different', () => {
    const packages = FAMILIES.flatMap(({ mutants }) => mutants).map(({ files }) => JSON.stringify(files));
    expect(new Set(packages).size).toBe(TOTAL);
    expect(TOTAL).toBeGreaterThanOrEqual(200);
  });

  it.each(FAMILIES.map(({ name, mutants }) => ({ name, count: mutants.length, mutants })))(
    '$count of $name',
    async ({ mutants }) => {
      expect(await survivors(mutants)).toEqual([]);
    },
    30_000,
  );

  it.each(damagedEnsembles())(
    '$name, where trees are not compiled either',
    async ({ mutants }) => {
      expect(await survivors(mutants, 'onnxruntime')).toEqual([]);
    },
    30_000,
  );
});

describe('a graph packaged with flipped bits', () => {
  const FLIPS = 250;

  // Some flips make another valid model, which nobody can tell from the one that was meant. Native code must stand all.
  it.each([
    ['regressor', regressor()],
    ['classifier', classifier()],
  ])(
    `ends in a named refusal or in a model that answers, %s, ${FLIPS} times`,
    async (_case, model) => {
      const onnx = encodeModel(model);
      const random = randomNumbers(3);
      const outcomes: string[] = [];
      for (let i = 0; i < FLIPS; i++) {
        let flipped = onnx;
        for (let bits = random(3); bits >= 0; bits--) flipped = flipBit(flipped, random(onnx.byteLength * 8));
        outcomes.push(await outcome(seal(flipped)));
      }
      expect(outcomes.filter((each) => each.startsWith('not a refusal'))).toEqual([]);
      expect(outcomes.filter((each) => each === 'served').length).toBeLessThan(FLIPS / 10);
    },
    30_000,
  );
});
