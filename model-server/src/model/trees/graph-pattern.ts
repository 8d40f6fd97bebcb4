import { show } from '../../errors';
import { WIRE, WireReader, packedVarints } from '../../protobuf/wire-reader';
import { Attributes } from './attributes';
import { NotCompilable } from './not-compiled';

/** Field numbers of onnx.proto as `message.field`. */
const MODEL = { graph: 7, function: 25 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const;
const NODE = { input: 1, output: 2, operator: 4, attribute: 5, domain: 7 } as const;
const TENSOR = { dims: 1, dataType: 2, int64s: 7, name: 8, raw: 9 } as const;
const VALUE = { name: 1, type: 2 } as const;
const TYPE = { tensor: 1 } as const;
const TENSOR_TYPE = { element: 1, shape: 2 } as const;
const SHAPE = { dim: 1 } as const;
const DIM = { value: 1 } as const;
const FLOAT = 1;
const INT64 = 7;

/** The one tree ensemble of a graph, and what follows it. */
export interface EnsembleNode {
  readonly operator: 'TreeEnsembleClassifier' | 'TreeEnsembleRegressor';
  readonly attributes: Attributes;
  /** Whether a Sigmoid follows. */
  readonly sigmoid: boolean;
}

interface Node {
  /** `domain:operator`; the domain is empty for standard operators. */
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly Buffer[];
}

/**
 * Finds the tree ensemble in a graph of exactly one of these forms:
 *
 *     input → TreeEnsembleClassifier → second output → Slice of column 1 → score
 *     input → TreeEnsembleRegressor → score
 *     input → TreeEnsembleRegressor → Sigmoid → score
 *
 * @param onnx An encoded ModelProto.
 * @throws {NotCompilable} `graph-unsupported`
 * @throws {WireError} if the bytes are not a well-formed message.
 */
export function findEnsemble(onnx: Buffer, input: string, score: string): EnsembleNode {
  const model = new Message(onnx);
  if (model.all(MODEL.function).length > 0) throw unsupported('custom functions');
  const graph = new Message(model.only(MODEL.graph));
  require('inputs', graph.all(GRAPH.input).map(valueName), [input]);
  require('outputs', graph.all(GRAPH.output).map(valueName), [score]);
  if (graph.all(GRAPH.sparseInitializer).length > 0) throw unsupported('sparse initializers');

  const [trees, after, ...more] = graph.all(GRAPH.node).map(readNode);
  if (trees === undefined || more.length > 0)
    throw unsupported(`${graph.all(GRAPH.node).length} nodes, where one or two are expected`);
  require('inputs of the trees', trees.inputs, [input]);
  const operators = [trees.operator, after?.operator].join(' ');
  switch (operators) {
    case 'ai.onnx.ml:TreeEnsembleClassifier :Slice':
      requireColumnOne(after!, trees.outputs[1], graph.all(GRAPH.initializer));
      break;
    case 'ai.onnx.ml:TreeEnsembleRegressor :Sigmoid':
      require('inputs of Sigmoid', after!.inputs, [trees.outputs[0]]);
      break;
    case 'ai.onnx.ml:TreeEnsembleRegressor ':
      break;
    default:
      throw unsupported(`the operators ${show(operators)}`);
  }
  require('outputs of the last node', (after ?? trees).outputs, [score]);
  if (after !== undefined && after.attributes.length > 0) throw unsupported('attributes after the trees');
  return {
    operator: trees.operator.slice('ai.onnx.ml:'.length) as EnsembleNode['operator'],
    attributes: new Attributes(trees.attributes),
    sigmoid: after?.operator === ':Sigmoid',
  };
}

/**
 * Whether a graph that {@link findEnsemble} accepts declares any number of rows of so many FP32 values, and one score for
 * each. A session would compare that with the signature; trees that a package has a proof of are served without one.
 */
export function declaresRows(onnx: Buffer, columns: number): boolean {
  const graph = new Message(new Message(onnx).only(MODEL.graph));
  return isRows(graph.only(GRAPH.input), columns) && isRows(graph.only(GRAPH.output), 1);
}

function isRows(valueInfo: Buffer, columns: number): boolean {
  const types = new Message(valueInfo).all(VALUE.type).flatMap((type) => new Message(type).all(TYPE.tensor));
  const [type, ...more] = types.map((each) => new Message(each));
  if (type === undefined || more.length > 0 || type.integers(TENSOR_TYPE.element)[0] !== FLOAT) return false;
  const dims = type.all(TENSOR_TYPE.shape).flatMap((shape) => new Message(shape).all(SHAPE.dim));
  const [rows, width, ...others] = dims.map((dim) => new Message(dim).integers(DIM.value)[0]);
  return dims.length === 2 && others.length === 0 && rows === undefined && width === columns;
}

/** Whether a Slice takes [1, 2) on axis 1 with step 1. */
function requireColumnOne(slice: Node, scores: string | undefined, initializers: readonly Buffer[]): void {
  const constants = new Map(initializers.map(readConstant));
  const [data, ...parameters] = slice.inputs;
  require('data of Slice', [data], [scores]);
  require('start, end and axis of Slice', parameters.map((name) => constants.get(name)), [1, 2, 1]);
}

function require(what: string, got: readonly unknown[], expected: readonly unknown[]): void {
  if (got.length === expected.length && got.every((value, index) => value === expected[index])) return;
  throw unsupported(`${what} ${show(got)}, where ${show(expected)} is expected`);
}

function readNode(encoded: Buffer): Node {
  const node = new Message(encoded);
  const domain = node.text(NODE.domain);
  return {
    operator: `${domain === 'ai.onnx' ? '' : domain}:${node.text(NODE.operator)}`,
    inputs: node.all(NODE.input).map(String),
    outputs: node.all(NODE.output).map(String),
    attributes: node.all(NODE.attribute),
  };
}

function valueName(encoded: Buffer): string {
  return new Message(encoded).text(VALUE.name);
}

/** Name and value of an INT64 tensor with one element; no value for other tensors. */
function readConstant(encoded: Buffer): [string, number | undefined] {
  const tensor = new Message(encoded);
  const name = tensor.text(TENSOR.name);
  const dims = tensor.integers(TENSOR.dims);
  if (tensor.integers(TENSOR.dataType)[0] !== INT64 || dims.length !== 1 || dims[0] !== 1)
    return [name, undefined];
  const [raw] = tensor.all(TENSOR.raw);
  if (raw?.byteLength === 8) return [name, Number(raw.readBigInt64LE())];
  return [name, tensor.integers(TENSOR.int64s)[0]];
}

function unsupported(detail: string): NotCompilable {
  return new NotCompilable('graph-unsupported', detail);
}

/** The fields of a small message, by number. */
class Message {
  private readonly buffers = new Map<number, Buffer[]>();
  private readonly numbers = new Map<number, number[]>();

  constructor(encoded: Buffer) {
    const cursor = new WireReader(encoded);
    while (cursor.next()) {
      if (cursor.wire === WIRE.bytes) append(this.buffers, cursor.number, cursor.bytes());
      if (cursor.wire === WIRE.varint) append(this.numbers, cursor.number, cursor.signed());
    }
  }

  all(field: number): readonly Buffer[] {
    return this.buffers.get(field) ?? [];
  }

  only(field: number): Buffer {
    const [value, ...more] = this.all(field);
    if (value === undefined || more.length > 0)
      throw unsupported(`${more.length + 1} values of field ${field}`);
    return value;
  }

  /** The last one, as protocol buffers require; empty if there is none. */
  text(field: number): string {
    return this.all(field).at(-1)?.toString('utf8') ?? '';
  }

  /** Packed or not. */
  integers(field: number): readonly number[] {
    return [...(this.numbers.get(field) ?? []), ...this.all(field).flatMap(packedVarints)];
  }
}

function append<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
