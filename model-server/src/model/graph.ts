import { StartError, reasonText, show } from '../errors';
import { checkEnsemble } from './ensemble-check';
import { WIRE, WireReader } from '../protobuf/wire-reader';

/** Field numbers of onnx.proto as `message.field`; only those on the way to tensors and operators. */
const MODEL = { graph: 7, opset: 8, function: 25 } as const;
const OPSET = { domain: 1, version: 2 } as const;
const GRAPH = { node: 1, initializer: 5, sparseInitializer: 15 } as const;
const FUNCTION = { node: 7, attribute: 11 } as const;
const NODE = { operator: 4, attribute: 5, domain: 7 } as const;
const SPARSE = { values: 1, indices: 2 } as const;
const TENSOR = { name: 8, externalData: 13, dataLocation: 14 } as const;
const EXTERNAL = 1;

const STANDARD = ['', 'ai.onnx'];
const DOMAINS = [...STANDARD, 'ai.onnx.ml'];

/** Checks one operator of the standard, given its encoded attributes. */
type OperatorCheck = (operator: string, attributes: readonly Buffer[], domain: string) => void;

/** Checks of attribute values, by field number. */
const ATTRIBUTE_CHECKS: Readonly<Partial<Record<number, (value: Buffer, check: OperatorCheck) => void>>> = {
  5: checkTensor,
  6: checkSubgraph,
  10: checkTensor,
  11: checkSubgraph,
  22: checkSparse,
  23: checkSparse,
};

type Visit = (number: number, value: Buffer) => void;

/**
 * Refuses what ONNX Runtime accepts but a packaged model must not have: weights outside the verified file, non-standard
 * operators, an operator set other than stated, and damaged tree ensembles.
 *
 * @param onnx An encoded ModelProto.
 * @param opset The operator set version that the metadata states.
 * @param isRead Whether every attribute of such operators was read, and refused unless it is known.
 * @throws {StartError} `graph-unreadable`, `external-data`, `foreign-operator`, `opset-mismatch` or `ensemble-malformed`.
 */
export function checkGraph(
  onnx: Buffer,
  opset: number,
  isRead: (operator: string) => boolean = () => false,
): void {
  const imported: number[] = [];
  const found = { imports: false, standard: false };
  const check: OperatorCheck = (operator, attributes, domain) => {
    found.standard ||= STANDARD.includes(domain);
    if (isRead(operator)) return;
    for (const attribute of attributes) checkAttribute(attribute, check);
    checkEnsemble(operator, attributes);
  };
  try {
    each(onnx, (number, value) => {
      if (number === MODEL.opset) {
        found.imports = true;
        imported.push(...standardVersion(value));
      }
      if (number === MODEL.graph) checkSubgraph(value, check);
      if (number === MODEL.function) checkFunction(value, check);
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
  // A graph of trees alone needs no standard operators, and need not import them.
  if (found.imports && imported.length === 0 && !found.standard) return;
  if (imported.length > 0 && imported.every((version) => version === opset)) return;
  throw new StartError('opset-mismatch', {
    what: 'model.onnx was made for another operator set than model.json states',
    got: imported.length === 0 ? 'none' : imported.map((version) => `opset ${version}`).join(', '),
    expected: `opset ${opset}`,
    fix: 'Package the model again; the graph does not belong to this model.json.',
  });
}

/** Version of the standard operator set; undefined for another domain. */
function standardVersion(opsetId: Buffer): number[] {
  let domain = '';
  let version = 0;
  const reader = new WireReader(opsetId);
  while (reader.next()) {
    if (reader.number === OPSET.domain) domain = reader.text();
    if (reader.number === OPSET.version && reader.wire === WIRE.varint) version = reader.signed();
  }
  return STANDARD.includes(domain) ? [version] : [];
}

function checkSubgraph(graph: Buffer, check: OperatorCheck): void {
  each(graph, (number, value) => {
    if (number === GRAPH.node) checkNode(value, check);
    if (number === GRAPH.initializer) checkTensor(value);
    if (number === GRAPH.sparseInitializer) checkSparse(value);
  });
}

function checkFunction(definition: Buffer, check: OperatorCheck): void {
  each(definition, (number, value) => {
    if (number === FUNCTION.node) checkNode(value, check);
    if (number === FUNCTION.attribute) checkAttribute(value, check);
  });
}

function checkNode(node: Buffer, check: OperatorCheck): void {
  let operator = '';
  let domain = '';
  const attributes: Buffer[] = [];
  each(node, (number, value) => {
    if (number === NODE.operator) operator = value.toString('utf8');
    if (number === NODE.domain) domain = value.toString('utf8');
    if (number === NODE.attribute) attributes.push(value);
  });
  if (DOMAINS.includes(domain)) {
    check(operator, attributes, domain);
    return;
  }
  throw new StartError('foreign-operator', {
    what: 'model.onnx uses an operator outside the ONNX standard',
    got: `${show(operator)} of domain ${show(domain)}`,
    expected: 'operators of ai.onnx and ai.onnx.ml',
    fix: 'Export the model without runtime-specific optimisation.',
  });
}

/** Trees have lists of many thousand values: fields of no interest are skipped. */
function checkAttribute(attribute: Buffer, check: OperatorCheck): void {
  const cursor = new WireReader(attribute);
  while (cursor.next()) {
    const checkValue = cursor.wire === WIRE.bytes ? ATTRIBUTE_CHECKS[cursor.number] : undefined;
    checkValue?.(cursor.bytes(), check);
  }
}

function checkSparse(tensor: Buffer): void {
  each(tensor, (number, value) => {
    if (number === SPARSE.values || number === SPARSE.indices) checkTensor(value);
  });
}

function checkTensor(tensor: Buffer): void {
  let name = '';
  let external = false;
  const reader = new WireReader(tensor);
  while (reader.next()) {
    if (reader.number === TENSOR.name) name = reader.text();
    if (reader.number === TENSOR.externalData) external = true;
    if (reader.number === TENSOR.dataLocation && reader.signed() === EXTERNAL) external = true;
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
  const reader = new WireReader(message);
  while (reader.next()) if (reader.wire === WIRE.bytes) visit(reader.number, reader.bytes());
}
