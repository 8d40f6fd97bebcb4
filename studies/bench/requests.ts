/** Rows of float32 features, row-major. */
export interface Rows {
  readonly values: Float32Array;
  readonly columns: number;
}

const MODEL = 'bench';
export const INFER_PATH = `/v2/models/${MODEL}/infer`;

/** Bytes of a float32. */
const WIDTH = 4;

/** The shortest decimal that is this float32 and no other: up to nine significant digits, as clients print them. */
export function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}

/** The JSON form of an inference request for rows `from` to `from + count - 1`, on one line. */
export function jsonBody({ values, columns }: Rows, from: number, count: number): string {
  const data = Array.from(values.subarray(from * columns, (from + count) * columns), shortest);
  return `{"inputs":[{"name":"features","shape":[${count},${columns}],"datatype":"FP32","data":[${data.join(',')}]}]}`;
}

/** A body of the binary tensor extension, and the value of its `Inference-Header-Content-Length`. */
export interface BinaryBody {
  readonly body: Buffer;
  readonly headerLength: number;
}

/** The binary form, which asks for a binary answer. Its header has one length for one `count`, whatever the rows. */
export function binaryBody({ values, columns }: Rows, from: number, count: number): BinaryBody {
  const header = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'features',
          shape: [count, columns],
          datatype: 'FP32',
          parameters: { binary_data_size: count * columns * WIDTH },
        },
      ],
      outputs: [{ name: 'score', parameters: { binary_data: true } }],
    }),
  );
  // A copy, so that the rows are separate little-endian bytes, as on every platform that Node supports.
  const data = Buffer.from(values.slice(from * columns, (from + count) * columns).buffer);
  return { body: Buffer.concat([header, data]), headerLength: header.byteLength };
}

interface JsonAnswer {
  readonly outputs: readonly { readonly name: string; readonly data: readonly number[] }[];
}

/** The scores of a JSON answer, flat or one array per row. */
export function jsonScores(answer: string): number[] {
  const { outputs } = JSON.parse(answer) as JsonAnswer;
  return outputs.find(({ name }) => name === 'score')?.data.flat() ?? [];
}

/** The scores of a binary answer: the float32 values after its JSON header. */
export function binaryScores(answer: Buffer, headerLength: number): number[] {
  const data = Uint8Array.from(answer.subarray(headerLength));
  return Array.from(new Float32Array(data.buffer));
}
