import type { Tensor } from 'onnxruntime-node';

/** The values of one tensor, row by row. BOOL is 0 or 1; BYTES are texts, as ONNX models take no others. */
export type TensorValues =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | string[];

/** The properties of one datatype of the Open Inference Protocol. */
export interface DatatypeFacts {
  /** Bytes per element in the binary tensor extension; 0 if elements carry their own length. */
  readonly bytes: number;
  /** What ONNX Runtime calls it. */
  readonly onnx: Tensor.Type;
  readonly kind: 'boolean' | 'integer' | 'float' | 'text';
  /** Minimum and maximum in JSON; beyond ±2^53 only the binary extension is exact. */
  readonly min: number;
  readonly max: number;
  readonly allocate: (length: number) => TensorValues;
}

/** The largest double that rounds to a finite FP32. */
const FP32_MAX = 3.4028235677973362e38;
const SAFE = Number.MAX_SAFE_INTEGER;

export const DATATYPES = {
  BOOL: facts(1, 'bool', 'boolean', 0, 1, (length) => new Uint8Array(length)),
  UINT8: facts(1, 'uint8', 'integer', 0, 2 ** 8 - 1, (length) => new Uint8Array(length)),
  UINT16: facts(2, 'uint16', 'integer', 0, 2 ** 16 - 1, (length) => new Uint16Array(length)),
  UINT32: facts(4, 'uint32', 'integer', 0, 2 ** 32 - 1, (length) => new Uint32Array(length)),
  UINT64: facts(8, 'uint64', 'integer', 0, SAFE, (length) => new BigUint64Array(length)),
  INT8: facts(1, 'int8', 'integer', -(2 ** 7), 2 ** 7 - 1, (length) => new Int8Array(length)),
  INT16: facts(2, 'int16', 'integer', -(2 ** 15), 2 ** 15 - 1, (length) => new Int16Array(length)),
  INT32: facts(4, 'int32', 'integer', -(2 ** 31), 2 ** 31 - 1, (length) => new Int32Array(length)),
  INT64: facts(8, 'int64', 'integer', -SAFE, SAFE, (length) => new BigInt64Array(length)),
  FP32: facts(4, 'float32', 'float', -FP32_MAX, FP32_MAX, (length) => new Float32Array(length)),
  FP64: facts(8, 'float64', 'float', -Infinity, Infinity, (length) => new Float64Array(length)),
  BYTES: facts(0, 'string', 'text', 0, 0, (length) => new Array<string>(length).fill('')),
} as const satisfies Readonly<Record<string, DatatypeFacts>>;

export type Datatype = keyof typeof DATATYPES;

/** Whether a text names a supported datatype. */
export function isDatatype(name: unknown): name is Datatype {
  return typeof name === 'string' && Object.hasOwn(DATATYPES, name);
}

function facts(
  bytes: number,
  onnx: Tensor.Type,
  kind: DatatypeFacts['kind'],
  min: number,
  max: number,
  allocate: DatatypeFacts['allocate'],
): DatatypeFacts {
  return { bytes, onnx, kind, min, max, allocate };
}
