import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MODEL_PACKAGE } from '../../contracts/model-package';
import { ROOT } from '../../contracts/repository';

const source = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]);

const { folder, format, manifest, model, reference, card, lineage } = MODEL_PACKAGE;

describe('the layout of a model package', () => {
  it('has the manifest and the format that the pipeline writes', () => {
    const layer = source('pipeline/layer.py');
    expect(all(layer, /^MANIFEST = "(.+)"$/gm)).toEqual([manifest]);
    expect(all(layer, /^FORMAT = (\d+)$/gm)).toEqual([String(format)]);
    expect(all(layer, /removeprefix\("(.+)\/"\)/g)).toEqual([folder]);
  });

  it('has the files that the pipeline writes', () => {
    const files = all(source('pipeline/steps/package.py'), /^ +"([\w.]+\.(?:onnx|json|md))": /gm);
    expect(files.sort()).toEqual([card, lineage, model, reference].sort());
  });

  it('has the files that the model server reads', () => {
    const reader = source('model-server/src/model/package.ts');
    expect(all(reader, /contentOf\('(.+?)'\)/g).sort()).toEqual([lineage, model, reference].sort());
    expect(all(reader, /join\(folder, '(.+?)'\)/g)).toEqual([manifest]);
  });
});
