import { inferRequest } from '../../model-server/testing/app';

/** One kind of request, ready to be sent, and how its answer is told from half of one. */
export interface RequestKind {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Milliseconds over which the body is sent; 0 sends it in one go. */
  readonly sendMs: number;
  /** Whether this is the whole answer. */
  readonly complete: (
    answer: Buffer,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ) => boolean;
}

const ROW = [120, 3, 1, null];
const BATCH = 1024;
const INFER = '/v2/models/tiny/infer';
const JSON_TYPE = { 'content-type': 'application/json' };

/** Every kind of prediction that the server answers, in mixed sizes; tenfold more single rows than anything else. */
export function requestKinds(): readonly RequestKind[] {
  const single = json('single row', INFER, inferRequest(), 1);
  const others = [
    json('1,024 rows', INFER, inferRequest(Array.from({ length: BATCH }, () => ROW).flat(), BATCH), BATCH),
    binary(),
    record(),
    { ...single, name: 'slow body, 0.3 s', sendMs: 300 },
    { ...single, name: 'slow body, 1.5 s', sendMs: 1500 },
  ];
  return others.flatMap((other) => [...Array.from({ length: 10 }, () => single), other]);
}

function json(name: string, path: string, request: unknown, rows: number): RequestKind {
  return {
    name,
    path,
    headers: JSON_TYPE,
    body: Buffer.from(JSON.stringify(request)),
    sendMs: 0,
    complete: (answer) => {
      const { outputs } = JSON.parse(answer.toString()) as { outputs: { data: number[] }[] };
      return outputs[0]?.data.length === rows;
    },
  };
}

function record(): RequestKind {
  const records = [{ amount: 120, hour: 3, channel: 'pos', average: null }];
  return {
    name: 'record',
    path: '/v1/models/tiny/predict',
    headers: JSON_TYPE,
    body: Buffer.from(JSON.stringify({ records })),
    sendMs: 0,
    complete: (answer) => answer.includes('"prediction_id"'),
  };
}

function binary(): RequestKind {
  const values = Float32Array.from(
    { length: BATCH * ROW.length },
    (_, index) => ROW[index % ROW.length] ?? NaN,
  );
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        {
          name: 'features',
          shape: [BATCH, ROW.length],
          datatype: 'FP32',
          parameters: { binary_data_size: values.byteLength },
        },
      ],
      parameters: { binary_data_output: true },
    }),
  );
  return {
    name: '1,024 rows, binary',
    path: INFER,
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.byteLength),
    },
    body: Buffer.concat([head, Buffer.from(values.buffer)]),
    sendMs: 0,
    complete: (answer, headers) =>
      answer.byteLength === Number(headers['inference-header-content-length']) + BATCH * 4,
  };
}
