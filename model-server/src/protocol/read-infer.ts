import { RequestError, show } from '../errors';
import { columnsOf } from '../model/metadata';
import type { InputSpec, ModelMetadata } from '../model/metadata';
import { readBinary } from '../tensors/binary';
import { ColumnChecks } from '../tensors/column-checks';
import { DATATYPES } from '../tensors/datatype';
import type { Datatype, TensorValues } from '../tensors/datatype';
import { JsonNumbers, findDataArray } from '../tensors/json-numbers';
import { checkValues, readJsonValues } from '../tensors/json-values';
import { readEnvelope } from './infer-request';
import type { DescribedInput, Envelope, InferRequest } from './infer-request';
import { isObject, mostValues, parseJson, withoutMark } from './json';
import { LONG_BYTES, longTurn, turn } from './turn';

/** Numbers read before other requests get a turn: about a hundred microseconds. */
const NUMBERS_PER_TURN = 2048;

/** An envelope this long is no usual request. */
const ENVELOPE_BYTES = 16 * 1024;

/** Reads inference requests for one model: JSON, or JSON followed by binary tensors. */
export class InferReader {
  private readonly checks: ReadonlyMap<InputSpec, ColumnChecks>;
  /** The input whose values can be read without a JavaScript value for each. */
  private readonly single: InputSpec | undefined;
  private readonly scratch: Float64Array;
  private readonly rowsPerTurn: number;
  private readonly maxValues: number;

  constructor(
    private readonly metadata: ModelMetadata,
    private readonly maxRows: number,
  ) {
    this.maxValues = mostValues(maxRows, metadata.features.length + metadata.inputs.length);
    this.checks = new Map(
      metadata.inputs
        .filter(({ datatype }) => datatype !== 'BYTES')
        .map((spec) => [spec, new ColumnChecks(spec.features, spec.datatype)]),
    );
    const [first] = metadata.inputs;
    this.single = metadata.inputs.length === 1 && first?.datatype === 'FP32' ? first : undefined;
    const columns = this.single === undefined ? 1 : columnsOf(this.single);
    this.rowsPerTurn = Math.max(1, Math.floor(NUMBERS_PER_TURN / columns));
    this.scratch = new Float64Array(this.rowsPerTurn * columns);
  }

  /**
   * @param jsonLength Length of the JSON if binary tensors follow; undefined if none do.
   * @throws {RequestError} 4xx at the first error.
   */
  async read(body: Buffer, jsonLength?: number): Promise<InferRequest> {
    if (jsonLength === undefined) {
      const request = await this.readQuickly(withoutMark(body));
      if (request !== undefined) return request;
    }
    const json = body.subarray(0, jsonLength);
    if (json.byteLength > LONG_BYTES) await longTurn();
    const tail = jsonLength === undefined ? undefined : body.subarray(jsonLength);
    return this.readValues(parseJson(json, this.maxValues), tail);
  }

  /**
   * Fast path for the usual request: one input of JSON numbers, straight into typed arrays. Returns undefined for
   * anything unusual or wrong, which the slow path then reads.
   */
  private async readQuickly(body: Buffer): Promise<InferRequest | undefined> {
    const { single } = this;
    const data = single === undefined ? undefined : findDataArray(body);
    if (single === undefined || data === undefined) return undefined;
    if (body.byteLength - (data.end - data.start) > ENVELOPE_BYTES) return undefined;
    const text = `${body.toString('utf8', 0, data.start)}[]${body.toString('utf8', data.end)}`;
    // An escape could hide a second "data" key. U+FFFD stands for bytes that are not UTF-8.
    if (text.includes('\\') || text.includes('\uFFFD')) return undefined;
    const envelope = this.envelopeOf(text);
    if (envelope === undefined) return undefined;
    const { id, rows, outputs } = envelope;
    const columns = columnsOf(single);
    const numbers = new JsonNumbers(body, data.start, columns, data.nested);
    const values = new Float32Array(rows * columns);
    const checks = this.checks.get(single);
    for (let row = 0; row < rows; row += this.rowsPerTurn) {
      if (row > 0) await turn();
      const count = Math.min(this.rowsPerTurn, rows - row);
      if (!numbers.read(this.scratch, count)) return undefined;
      const length = count * columns;
      if (checks?.firstRefused(this.scratch, length) !== -1) return undefined;
      const start = row * columns;
      for (let i = 0; i < length; i++) values[start + i] = this.scratch[i]!;
    }
    return numbers.end() === data.end ? { id, rows, outputs, inputs: [values] } : undefined;
  }

  private envelopeOf(text: string): Envelope | undefined {
    try {
      const body: unknown = JSON.parse(text);
      const [input] = isObject(body) && Array.isArray(body.inputs) ? (body.inputs as unknown[]) : [];
      // The array cut out must be the input's, not some parameter's.
      if (!isObject(input) || !Array.isArray(input.data) || input.data.length > 0) return undefined;
      const envelope = readEnvelope(body, this.metadata, this.maxRows);
      return envelope.inputs[0]?.binarySize === undefined ? envelope : undefined;
    } catch {
      return undefined;
    }
  }

  private readValues(json: unknown, tail?: Buffer): InferRequest {
    const { id, rows, outputs, inputs } = readEnvelope(json, this.metadata, this.maxRows);
    const values = new Map<InputSpec, TensorValues>();
    let offset = 0;
    for (const input of inputs) {
      const { spec, binarySize } = input;
      if (binarySize === undefined) values.set(spec, readJsonValues(input.data, rows, spec));
      else {
        const bytes = (tail ?? Buffer.alloc(0)).subarray(offset, offset + binarySize);
        values.set(spec, this.fromBytes(bytes, input, rows));
        offset += binarySize;
      }
    }
    if (tail !== undefined && offset !== tail.byteLength)
      throw binaryInvalid(
        'the binary data after the JSON',
        `${tail.byteLength} bytes`,
        `${offset}, as the inputs' binary_data_size say`,
      );
    return { id, rows, outputs, inputs: this.metadata.inputs.map((spec) => values.get(spec) ?? []) };
  }

  /** Reads and checks the bytes of one input. @throws {RequestError} 400 */
  fromBytes(
    bytes: Buffer,
    { spec, datatype, binarySize }: Omit<DescribedInput, 'data'>,
    rows: number,
  ): TensorValues {
    const length = rows * columnsOf(spec);
    const values = readBinary(bytes, datatype as Datatype, length);
    if (values === undefined) {
      const { bytes: size } = DATATYPES[datatype as Datatype];
      throw binaryInvalid(
        `input "${spec.name}" binary data`,
        bytes.byteLength === binarySize
          ? `${bytes.byteLength} bytes`
          : `${bytes.byteLength} of ${show(binarySize)} bytes`,
        size === 0
          ? `${length} texts in UTF-8, each preceded by its length as UINT32`
          : `${length} ${datatype} elements of ${size} bytes, little-endian${datatype === 'BOOL' ? ', each 0 or 1' : ''}`,
      );
    }
    return this.checked(values, spec);
  }

  /** Checks values against the signature; FP64 becomes the FP32 of the signature. @throws {RequestError} 400 */
  checked(values: TensorValues, spec: InputSpec): TensorValues {
    checkValues(values, spec, this.checks.get(spec));
    return spec.datatype === 'FP32' && values instanceof Float64Array ? Float32Array.from(values) : values;
  }
}

function binaryInvalid(what: string, got: string, expected: string): RequestError {
  return new RequestError(400, 'data-invalid', {
    what,
    got,
    expected,
    fix: 'Make shape, datatype and binary_data_size agree with the bytes after the JSON.',
  });
}
