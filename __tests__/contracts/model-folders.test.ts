import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { modelFolders } from '../../contracts/model-folders';
import { ownImageRecipes } from '../../toolchain/own-images';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'models-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function model(path: string): void {
  mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, path, 'model.yaml'), 'name: x');
}

describe('modelFolders', () => {
  it('finds models wherever teams keep them', () => {
    for (const path of ['models/fraud', 'models/churn', 'teams/sales/models/leads']) model(path);
    mkdirSync(join(root, 'models/empty'));
    expect(modelFolders(root)).toEqual(['models/churn', 'models/fraud', 'teams/sales/models/leads']);
  });

  it.each(['node_modules/fraud', '.mlops/fraud', '__tests__/fixtures/fraud', 'a/b/c/d/e'])(
    'does not look into %s',
    (path) => {
      model(path);
      expect(modelFolders(root)).toEqual([]);
    },
  );

  it('treats a folder inside a model as part of it', () => {
    for (const path of ['models/fraud', 'models/fraud/variants/night']) model(path);
    expect(modelFolders(root)).toEqual(['models/fraud']);
  });
});

describe('the pipeline image', () => {
  it('contains every model of the repository', () => {
    const base = 'debian:12';
    const bases = { pythonBuild: base, python: base, nodeBuild: base, crane: base, workshop: base };
    const { pipeline } = ownImageRecipes(bases);
    expect(modelFolders()).toContain('models/fraud');
    expect(pipeline.files).toEqual(['images/pipeline/Dockerfile', 'pipeline', ...modelFolders()]);
  });
});
