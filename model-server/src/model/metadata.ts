import { StartError, show } from '../errors';
import { readFeatures } from './features';
import type { Feature } from './features';
import { MetadataReader } from './metadata-reader';

/** The only layout of `model.json` that this server understands. */
export const FORMAT = 1;

/** Files every package of format 1 has beside `model.json`. */
const REQUIRED_FILES = ['model.onnx', 'reference.json', 'card.md', 'lineage.json'];

/** One tensor of the signature: FP32, rows × columns, the number of rows free. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: 'FP32';
  readonly shape: readonly [-1, number];
}

export interface FileSpec {
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What `model.json` says, checked. */
export interface ModelMetadata {
  readonly name: string;
  readonly files: readonly FileSpec[];
  readonly input: TensorSpec;
  readonly outputs: readonly TensorSpec[];
  /** In the column order of `input`. */
  readonly features: readonly Feature[];
  /** Score from which on the positive class is decided, 0…1. */
  readonly threshold: number;
  readonly opset: number;
}

/**
 * Checks the text of a `model.json`. Keys it does not know are ignored at the top level (a package may say more), but
 * refused in `features`, where a misspelt one would silently switch a check off.
 *
 * @throws {StartError} `metadata-invalid`, `format-unsupported`, `signature-unsupported` or `feature-count-mismatch`.
 */
export function parseMetadata(text: string): ModelMetadata {
  const root = MetadataReader.parse(text);
  const format = root.integer('format');
  if (format !== FORMAT) {
    throw new StartError('format-unsupported', {
      what: 'model.json: format',
      got: String(format),
      expected: String(FORMAT),
      fix: 'Package the model with the pipeline of this release, or serve it with the model server it was made for.',
    });
  }
  const signature = root.object('signature');
  const inputs = signature.objects('inputs').map(tensor);
  const outputs = signature.objects('outputs').map(tensor);
  const [input] = inputs;
  if (input === undefined || inputs.length > 1)
    throw unsupported('signature.inputs', `${inputs.length} tensors`, 'exactly one');
  if (outputs.length === 0) throw unsupported('signature.outputs', 'no tensors', 'at least one');
  const features = readFeatures(root.objects('features'));
  if (features.length !== input.shape[1]) {
    throw new StartError('feature-count-mismatch', {
      what: `model.json: features do not fill the columns of input "${input.name}"`,
      got: `${features.length} features`,
      expected: `${input.shape[1]}, as signature.inputs[0].shape says`,
      fix: 'Package the model again with one features entry per column.',
    });
  }
  return {
    name: root.string(
      'name',
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'lower-case letters, digits and dashes',
    ),
    files: files(root.object('files')),
    input,
    outputs,
    features,
    threshold: root.number('threshold', 0, 1),
    opset: root.integer('opset'),
  };
}

function files(reader: MetadataReader): FileSpec[] {
  const specs = reader.keys().map((name) => {
    const spec = reader.object(name);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) || name === 'model.json')
      throw reader.invalid(name, JSON.stringify(name), 'the plain name of another file of the package');
    return {
      name,
      sha256: spec.string('sha256', /^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits'),
      bytes: spec.integer('bytes'),
    };
  });
  for (const name of REQUIRED_FILES)
    if (!specs.some((spec) => spec.name === name)) throw reader.invalid(name, 'nothing', 'an entry');
  return specs;
}

function tensor(reader: MetadataReader): TensorSpec {
  const name = reader.string('name', /^\S{1,128}$/, 'a tensor name');
  const datatype = reader.string('datatype');
  if (datatype !== 'FP32') throw unsupported(reader.at('datatype'), show(datatype), '"FP32"');
  const shape = reader.array('shape');
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows !== -1 || !Number.isInteger(columns) || (columns as number) < 1)
    throw unsupported(reader.at('shape'), show(shape), '[-1, columns] with at least one column');
  return { name, datatype, shape: [-1, columns as number] };
}

function unsupported(path: string, got: string, expected: string): StartError {
  return new StartError('signature-unsupported', {
    what: `model.json: ${path} cannot be served`,
    got,
    expected,
    fix: 'Export the model with one FP32 input [N, features] and FP32 outputs [N, columns].',
  });
}
