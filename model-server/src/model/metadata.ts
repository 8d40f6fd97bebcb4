import { StartError, show } from '../errors';
import { DATATYPES, isDatatype } from '../tensors/datatype';
import type { Datatype } from '../tensors/datatype';
import { readFeatures } from './features';
import type { Feature } from './features';
import { MetadataReader } from './metadata-reader';

/** The only layout of `model.json` that this server understands. */
const FORMAT = 1;

/** Files every package of format 1 has beside `model.json`. */
const REQUIRED_FILES = ['model.onnx', 'reference.json', 'card.md', 'lineage.json'];

/** One tensor of the signature: rows × columns, or one value per row; any number of rows. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly [-1, number] | readonly [-1];
}

/** An input with the features of its columns. */
export interface InputSpec extends TensorSpec {
  /** One per column. */
  readonly features: readonly Feature[];
}

/** Values per row. */
export function columnsOf({ shape }: TensorSpec): number {
  return shape[1] ?? 1;
}

export interface FileSpec {
  readonly name: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A validated `model.json`. */
export interface ModelMetadata {
  readonly name: string;
  readonly files: readonly FileSpec[];
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly TensorSpec[];
  /** The features of all inputs, in column order. */
  readonly features: readonly Feature[];
  /** The output with one score per row, if there is one. */
  readonly score: TensorSpec | undefined;
  /** Decision threshold for the positive class, 0…1. */
  readonly threshold: number;
  readonly opset: number;
}

/**
 * Validates a `model.json`. Unknown keys are ignored at the top level (a package may say more) but refused in
 * `features`, where a misspelt one would silently disable a check.
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
  const tensors = signature.objects('inputs').map(tensor);
  const outputs = signature.objects('outputs').map(tensor);
  if (tensors.length === 0) throw unsupported('signature.inputs', 'no tensors', 'at least one');
  if (outputs.length === 0) throw unsupported('signature.outputs', 'no tensors', 'at least one');
  requireDistinct('signature.inputs', tensors);
  requireDistinct('signature.outputs', outputs);
  const features = readFeatures(root.objects('features'));
  const inputs = distribute(features, tensors);
  return {
    name: root.string(
      'name',
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'lower-case letters, digits and dashes',
    ),
    files: files(root.object('files')),
    inputs,
    outputs,
    features,
    score: scoreOf(outputs),
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
  if (!isDatatype(datatype))
    throw unsupported(reader.at('datatype'), show(datatype), `one of ${Object.keys(DATATYPES).join(', ')}`);
  const shape = reader.array('shape');
  const [rows, columns] = shape;
  if (rows === -1 && shape.length === 1) return { name, datatype, shape: [-1] };
  if (rows === -1 && shape.length === 2 && Number.isInteger(columns) && (columns as number) > 0)
    return { name, datatype, shape: [-1, columns as number] };
  throw unsupported(reader.at('shape'), show(shape), '[-1] or [-1, columns] with at least one column');
}

function requireDistinct(path: string, tensors: readonly TensorSpec[]): void {
  const names = tensors.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw unsupported(path, show(names), 'names that differ');
}

/** Assigns to every input the features of its columns. */
function distribute(features: readonly Feature[], tensors: readonly TensorSpec[]): InputSpec[] {
  const total = tensors.reduce((sum, spec) => sum + columnsOf(spec), 0);
  if (features.length !== total) {
    const names = tensors.map(({ name }) => `"${name}"`).join(', ');
    throw new StartError('feature-count-mismatch', {
      what: `model.json: features do not fill the columns of input ${names}`,
      got: `${features.length} features`,
      expected: `${total}, as signature.inputs says`,
      fix: 'Package the model again with one features entry per column.',
    });
  }
  let next = 0;
  return tensors.map((spec) => {
    const own = features.slice(next, (next += columnsOf(spec)));
    for (const feature of own) requireCompatible(feature, spec);
    return { ...spec, features: own };
  });
}

function requireCompatible(feature: Feature, { name, datatype }: TensorSpec): void {
  const { kind } = DATATYPES[datatype];
  if (kind === 'text' && feature.type !== 'category')
    throw unsupported(
      `features "${feature.name}"`,
      'a number',
      `a category, as input "${name}" is ${datatype}`,
    );
  if (feature.nullable && kind !== 'float')
    throw unsupported(
      `features "${feature.name}"`,
      'nullable',
      `a value in every row, as input "${name}" is ${datatype} and cannot say "missing"`,
    );
}

function scoreOf(outputs: readonly TensorSpec[]): TensorSpec | undefined {
  const candidates = outputs.filter((spec) => spec.datatype === 'FP32' && columnsOf(spec) === 1);
  return (
    candidates.find(({ name }) => name === 'score') ?? (candidates.length === 1 ? candidates[0] : undefined)
  );
}

function unsupported(path: string, got: string, expected: string): StartError {
  return new StartError('signature-unsupported', {
    what: `model.json: ${path} cannot be served`,
    got,
    expected,
    fix: 'Export the model with inputs and outputs of shape [N] or [N, columns] and package it again.',
  });
}
