import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { StartError } from '../../../model-server/src/errors';
import { loadModel } from '../../../model-server/src/model/model';
import { METADATA, readFixture, sha256, writePackage } from '../../../model-server/testing/package';
import type { PackageChanges } from '../../../model-server/testing/package';

async function refusal(folder: string): Promise<StartError> {
  const error: unknown = await loadModel(folder, '1').then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartError);
  return error as StartError;
}

async function refusalOf(changes: PackageChanges): Promise<StartError> {
  return refusal(await writePackage(changes));
}

/** The well-formed metadata with one feature changed. */
function withFeature(index: number, changes: Record<string, unknown>): PackageChanges {
  const features = METADATA.features.map((feature, i) =>
    i === index ? { ...feature, ...changes } : feature,
  );
  return { metadata: { features } };
}

function withSignature(inputs: unknown, outputs: unknown = METADATA.signature.outputs): PackageChanges {
  return { metadata: { signature: { inputs, outputs } } };
}

describe('a package whose files are not what model.json says', () => {
  it('loads when nothing was changed', async () => {
    const model = await loadModel(await writePackage(), '1');
    expect(model.metadata.name).toBe('tiny');
  });

  it('is refused for any flipped bit of the graph', async () => {
    const folder = await writePackage();
    const onnx = await readFile(join(folder, 'model.onnx'));
    for (let offset = 0; offset < onnx.byteLength; offset += 7) {
      const flipped = Buffer.from(onnx);
      flipped.writeUInt8(flipped.readUInt8(offset) ^ (1 << (offset % 8)), offset);
      await writeFile(join(folder, 'model.onnx'), flipped);
      expect((await refusal(folder)).reason).toBe('digest-mismatch');
    }
  });

  it.each(['model.onnx', 'reference.json', 'card.md', 'lineage.json'])(
    'is refused when %s was cut',
    async (name) => {
      const folder = await writePackage();
      const { byteLength } = await readFile(join(folder, name));
      await truncate(join(folder, name), byteLength - 1);
      expect((await refusal(folder)).reason).toBe('size-mismatch');
    },
  );

  it.each(['model.onnx', 'reference.json', 'card.md', 'lineage.json'])(
    'is refused without %s',
    async (name) => {
      const folder = await writePackage();
      await rm(join(folder, name));
      expect((await refusal(folder)).reason).toBe('file-missing');
    },
  );

  it('is refused with the file, both digests and the fix', async () => {
    const folder = await writePackage();
    await writeFile(join(folder, 'card.md'), '# TINY\n');
    expect((await refusal(folder)).message).toMatchInlineSnapshot(
      `"card.md does not have the SHA-256 digest that model.json states: got 883cf092ec4fd9a992663f9248f661d7e07a87962dc95752739b9e98e69dbd9d, expected da0f266deed7c2c66f4708aa801d1ecd4aa289d2ee87e9c4525b30c8cba9ac88. The package is damaged or was changed after packaging: deploy the version again or retrain it."`,
    );
  });

  it('is refused when a graph was replaced together with its digest but not the signature', async () => {
    expect((await refusalOf({ onnx: 'input-name.onnx' })).reason).toBe('signature-mismatch');
  });
});

describe('model.json', () => {
  it('must exist', async () => {
    const folder = await writePackage();
    await rm(join(folder, 'model.json'));
    expect((await refusal(folder)).reason).toBe('metadata-missing');
  });

  it('is refused wherever it is cut off', async () => {
    const folder = await writePackage();
    const text = await readFile(join(folder, 'model.json'), 'utf8');
    for (let length = 0; length < text.length; length += 11) {
      await writeFile(join(folder, 'model.json'), text.slice(0, length));
      expect((await refusal(folder)).reason).toBe('metadata-invalid');
    }
  });

  it.each([0, 2, 1000])('is refused in format %d', async (format) => {
    expect((await refusalOf({ metadata: { format } })).reason).toBe('format-unsupported');
  });

  it.each(['format', 'name', 'files', 'signature', 'features', 'threshold', 'opset'])(
    'must have %s',
    async (key) => {
      expect((await refusalOf({ metadata: { [key]: undefined } })).reason).toBe('metadata-invalid');
    },
  );

  it.each([
    ['a name that is no label', { metadata: { name: 'Tiny Model' } }],
    ['a threshold above 1', { metadata: { threshold: 1.5 } }],
    ['a threshold that is a text', { metadata: { threshold: '0.5' } }],
    ['a feature without a name', withFeature(0, { name: undefined })],
    ['a feature of an unknown type', withFeature(0, { type: 'date' })],
    ['two features of one name', withFeature(1, { name: 'amount' })],
    ['a misspelt feature key', withFeature(0, { maximum: 3 })],
    ['a minimum above the maximum', withFeature(0, { min: 5, max: 4 })],
    ['a bound that is a text', withFeature(0, { min: '0' })],
    ['a category feature without categories', withFeature(2, { categories: [] })],
    ['a category feature with the same category twice', withFeature(2, { categories: ['web', 'web'] })],
    [
      'a file outside the package',
      { metadata: { files: { '../model.onnx': { sha256: sha256(''), bytes: 0 } } } },
    ],
    ['files without model.onnx', { metadata: { files: {} } }],
    ['a digest that is no digest', { metadata: { files: { 'model.onnx': { sha256: 'abc', bytes: 1 } } } }],
  ] satisfies [string, PackageChanges][])('is refused with %s', async (_case, changes) => {
    expect((await refusalOf(changes)).reason).toBe('metadata-invalid');
  });

  it('is refused with path, value and expectation', async () => {
    expect((await refusalOf(withFeature(0, { min: '0' }))).message).toMatchInlineSnapshot(
      `"model.json: features[0].min is not valid: got "0", expected a number or null. Package the model again; model.json is written by the pipeline, not by hand."`,
    );
  });

  it('may have unknown keys at the top level', async () => {
    const model = await loadModel(await writePackage({ metadata: { label: 'fraud' } }), '1');
    expect(model.metadata.threshold).toBe(0.5);
  });

  it.each([
    ['an unknown datatype', withSignature([{ name: 'features', datatype: 'FP16', shape: [-1, 4] }])],
    ['a shape of rank 3', withSignature([{ name: 'features', datatype: 'FP32', shape: [-1, 2, 2] }])],
    ['a fixed number of rows', withSignature([{ name: 'features', datatype: 'FP32', shape: [1, 4] }])],
    ['the same input twice', withSignature([...METADATA.signature.inputs, ...METADATA.signature.inputs])],
    ['no output', withSignature(METADATA.signature.inputs, [])],
  ] satisfies [string, PackageChanges][])('is refused with %s in the signature', async (_case, changes) => {
    expect((await refusalOf(changes)).reason).toBe('signature-unsupported');
  });

  it.each([
    ['an input of another type', withSignature([{ name: 'features', datatype: 'FP64', shape: [-1, 4] }])],
    [
      'an output of another rank',
      withSignature(METADATA.signature.inputs, [{ name: 'score', datatype: 'FP32', shape: [-1] }]),
    ],
  ] satisfies [string, PackageChanges][])('is refused with %s than the graph has', async (_case, changes) => {
    expect((await refusalOf(changes)).reason).toBe('signature-mismatch');
  });

  it('is refused when features and columns differ in number', async () => {
    const error = await refusalOf({ metadata: { features: METADATA.features.slice(1) } });
    expect(error.reason).toBe('feature-count-mismatch');
  });
});

describe('a graph', () => {
  it.each([
    ['input-name.onnx', 'signature-mismatch'],
    ['input-double.onnx', 'signature-mismatch'],
    ['input-fixed-batch.onnx', 'signature-mismatch'],
    ['input-five-features.onnx', 'signature-mismatch'],
    ['second-input.onnx', 'signature-mismatch'],
    ['two-outputs.onnx', 'signature-mismatch'],
    ['output-two-columns.onnx', 'signature-mismatch'],
    ['output-shape-unstated.onnx', 'warm-up-failed'],
    ['output-not-finite.onnx', 'warm-up-failed'],
    ['external-data.onnx', 'external-data'],
    ['external-data-in-constant.onnx', 'external-data'],
    ['foreign-operator.onnx', 'foreign-operator'],
    ['unknown-operator.onnx', 'graph-rejected'],
    ['make_models.py', 'graph-unreadable'],
  ])('like %s is refused as %s', async (onnx, reason) => {
    expect((await refusalOf({ onnx })).reason).toBe(reason);
  });

  it('is refused as unreadable or without operator set, wherever it was cut off before packaging', async () => {
    const onnx = await readFixture('tiny.onnx');
    for (let length = 0; length < onnx.byteLength; length += 13) {
      const folder = await writePackage();
      const cut = onnx.subarray(0, length);
      const metadata = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')) as typeof METADATA & {
        files: Record<string, unknown>;
      };
      metadata.files['model.onnx'] = { sha256: sha256(cut), bytes: length };
      await writeFile(join(folder, 'model.onnx'), cut);
      await writeFile(join(folder, 'model.json'), JSON.stringify(metadata));
      expect((await refusal(folder)).reason).toMatch(/^(graph-unreadable|opset-mismatch)$/);
    }
  });

  it('that disagrees with the signature is described next to it', async () => {
    expect((await refusalOf({ onnx: 'input-double.onnx' })).message).toMatchInlineSnapshot(
      `"the inputs of model.onnx differ from model.json: got features float64 [N, 4], expected features float32 [N, 4]. Package the model again: its signature is read from the exported graph."`,
    );
  });

  it('with external data is refused by tensor name', async () => {
    expect((await refusalOf({ onnx: 'external-data.onnx' })).message).toMatchInlineSnapshot(
      `"model.onnx keeps weights outside the file: got tensor "bias" with external data, expected every weight inside model.onnx, where its digest covers it. Save the ONNX model as one file, without external data."`,
    );
  });

  it('whose output differs from its stated shape is refused with the real shape', async () => {
    expect((await refusalOf({ onnx: 'output-shape-unstated.onnx' })).message).toMatchInlineSnapshot(
      `"the model does not answer its warm-up: got output "score" came out as float32 [1, 2], not float32 [1, 1], expected finite outputs of the shape that model.json states. Check the exported graph against its signature and package the model again."`,
    );
  });
});
