import { StartError, reasonText, show } from '../errors';
import { fields } from './protobuf';

/** Field numbers of onnx.proto, `message.field`; only what leads to tensors and operators. */
const MODEL = { graph: 7, function: 25 } as const;
const GRAPH = { node: 1, initializer: 5, sparseInitializer: 15 } as const;
const FUNCTION = { node: 7, attribute: 11 } as const;
const NODE = { operator: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparse: 22, sparses: 23 } as const;
const SPARSE = { values: 1, indices: 2 } as const;
const TENSOR = { name: 8, externalData: 13, dataLocation: 14 } as const;
const EXTERNAL = 1;

const DOMAINS = ['', 'ai.onnx', 'ai.onnx.ml'];

type Visit = (number: number, value: Buffer) => void;

/**
 * Refuses what ONNX Runtime would accept but a packaged model must not have: weights outside the verified file, and
 * operators that only one runtime knows.
 *
 * @param onnx An encoded ModelProto.
 * @throws {StartError} `graph-unreadable`, `external-data` or `foreign-operator`.
 */
export function checkGraph(onnx: Buffer): void {
  try {
    each(onnx, (number, value) => {
      if (number === MODEL.graph) checkSubgraph(value);
      if (number === MODEL.function) checkFunction(value);
    });
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      'graph-unreadable',
      {
        what: 'model.onnx cannot be read',
        got: reasonText(error),
        expected: 'an ONNX model',
        fix: 'Package the model again.',
      },
      { cause: error },
    );
  }
}

function checkSubgraph(graph: Buffer): void {
  each(graph, (number, value) => {
    if (number === GRAPH.node) checkNode(value);
    if (number === GRAPH.initializer) checkTensor(value);
    if (number === GRAPH.sparseInitializer) checkSparse(value);
  });
}

function checkFunction(definition: Buffer): void {
  each(definition, (number, value) => {
    if (number === FUNCTION.node) checkNode(value);
    if (number === FUNCTION.attribute) checkAttribute(value);
  });
}

function checkNode(node: Buffer): void {
  let operator = '';
  let domain = '';
  each(node, (number, value) => {
    if (number === NODE.operator) operator = value.toString('utf8');
    if (number === NODE.domain) domain = value.toString('utf8');
    if (number === NODE.attribute) checkAttribute(value);
  });
  if (DOMAINS.includes(domain)) return;
  throw new StartError('foreign-operator', {
    what: 'model.onnx uses an operator outside the ONNX standard',
    got: `${show(operator)} of domain ${show(domain)}`,
    expected: 'operators of ai.onnx and ai.onnx.ml',
    fix: 'Export the model without runtime-specific optimisation.',
  });
}

function checkAttribute(attribute: Buffer): void {
  each(attribute, (number, value) => {
    if (number === ATTRIBUTE.tensor || number === ATTRIBUTE.tensors) checkTensor(value);
    if (number === ATTRIBUTE.sparse || number === ATTRIBUTE.sparses) checkSparse(value);
    if (number === ATTRIBUTE.graph || number === ATTRIBUTE.graphs) checkSubgraph(value);
  });
}

function checkSparse(tensor: Buffer): void {
  each(tensor, (number, value) => {
    if (number === SPARSE.values || number === SPARSE.indices) checkTensor(value);
  });
}

function checkTensor(tensor: Buffer): void {
  let name = '';
  let external = false;
  for (const { number, value } of fields(tensor)) {
    if (number === TENSOR.name && typeof value === 'object') name = value.toString('utf8');
    if (number === TENSOR.externalData || (number === TENSOR.dataLocation && value === EXTERNAL))
      external = true;
  }
  if (!external) return;
  throw new StartError('external-data', {
    what: 'model.onnx keeps weights outside the file',
    got: `tensor ${show(name)} with external data`,
    expected: 'every weight inside model.onnx, where its digest covers it',
    fix: 'Save the ONNX model as one file, without external data.',
  });
}

function each(message: Buffer, visit: Visit): void {
  for (const { number, value } of fields(message)) if (typeof value === 'object') visit(number, value);
}
