import { Client, credentials } from '@grpc/grpc-js';

import { TYPE, encodeModel } from '../../../model-server/testing/onnx-writer';
import { METADATA, readFixture } from '../../../model-server/testing/package';
import type { PackageChanges } from '../../../model-server/testing/package';
import { fixture, reference } from '../../../model-server/testing/trees/ensembles';
import { proofOf } from '../../../model-server/testing/trees/proof';

/** A server that a case is tried on. */
export interface Served {
  /** Without a path. */
  readonly url: string;
  readonly grpcPort: number;
}

/** Inputs that once were answered wrongly, and what is right. */
export interface Regression {
  /** As the report that it comes from. */
  readonly id: string;
  readonly changes: () => Promise<PackageChanges> | PackageChanges;
  /** What is wrong, one line each. */
  readonly run: (server: Served) => Promise<readonly string[]>;
}

const number = (name: string, more: object) => ({
  name,
  type: 'number',
  min: null,
  max: null,
  nullable: false,
  ...more,
});

/** One row in every form that HTTP has, to the status that it gets. */
const FORMS: Readonly<Record<string, (url: string, row: readonly number[]) => Promise<number>>> = {
  JSON: (url, row) => infer(url, { datatype: 'FP32', data: row }),
  'JSON, FP64': (url, row) => infer(url, { datatype: 'FP64', data: row }),
  binary: (url, row) => inferBinary(url, 'FP32', Float32Array.from(row)),
  'binary, FP64': (url, row) => inferBinary(url, 'FP64', Float64Array.from(row)),
  record: (url, [amount, hour, , average]) =>
    statusOf(
      `${url}/v1/models/tiny/predict`,
      JSON.stringify({ records: [{ amount, hour, channel: 'web', average }] }),
    ),
};

function infer(url: string, tensor: { datatype: string; data: readonly number[] }): Promise<number> {
  const inputs = [{ name: 'features', shape: [1, 4], ...tensor }];
  return statusOf(`${url}/v2/models/tiny/infer`, JSON.stringify({ inputs }));
}

function inferBinary(url: string, datatype: string, values: Float32Array | Float64Array): Promise<number> {
  const parameters = { binary_data_size: values.byteLength };
  const head = Buffer.from(
    JSON.stringify({ inputs: [{ name: 'features', shape: [1, 4], datatype, parameters }] }),
  );
  const body = Buffer.concat([head, Buffer.from(values.buffer)]);
  return statusOf(`${url}/v2/models/tiny/infer`, body, {
    'inference-header-content-length': String(head.byteLength),
  });
}

async function statusOf(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<number> {
  const answer = await fetch(url, { method: 'POST', body, headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function verdicts(url: string, row: readonly number[], status: number): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(FORMS).map(async ([form, ask]) => [form, await ask(url, row)] as const),
  );
  return found
    .filter(([, got]) => got !== status)
    .map(([form, got]) => `${form} of ${row.join(', ')}: ${got}, expected ${status}`);
}

const BOUNDED = {
  metadata: {
    features: [
      number('amount', { max: 0.1 }),
      number('hour', { integer: true }),
      ...METADATA.features.slice(2),
    ],
  },
};

/** The kinds whose inputs cannot be told apart by one request to one model. */
export const REGRESSIONS: readonly Regression[] = [
  {
    id: 'S2',
    changes: () => BOUNDED,
    // 0.1 is 0.10000000149 as float32; the next double above is refused, and so is the next float32.
    run: async ({ url }) => [
      ...(await verdicts(url, [0.1, 1, 0, 0], 200)),
      ...(await verdicts(url, [0.10000001, 1, 0, 0], 400)),
    ],
  },
  {
    id: 'S6',
    changes: () => BOUNDED,
    run: async ({ url }) => [
      ...(await verdicts(url, [0, 2 ** 24, 0, 0], 200)),
      ...(await verdicts(url, [0, 20_180_132, 0, 0], 400)),
      ...(await verdicts(url, [0, 1e30, 0, 0], 400)),
      ...(await verdicts(url, [0, 0.5, 0, 0], 400)),
    ],
  },
  {
    id: 'S7',
    changes: () => ({
      onnx: mlOnly(),
      metadata: {
        signature: {
          ...METADATA.signature,
          inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 1] }],
        },
        features: [number('x', {})],
      },
    }),
    run: async ({ url }) => {
      const scores = await scoresOf(url, [3], 1);
      return scores[0] === 1 ? [] : [`a score of ${String(scores[0])}, expected 1`];
    },
  },
  {
    id: 'S8',
    changes: async () => ({
      onnx: fixture('categories.onnx'),
      proof: await proofOf(fixture('categories.onnx'), 2),
      metadata: {
        signature: {
          ...METADATA.signature,
          inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 2] }],
        },
        features: [
          {
            name: 'category',
            type: 'category',
            categories: Array.from({ length: 30 }, (_, code) => `c${code}`),
          },
          number('other', {}),
        ],
      },
    }),
    run: async ({ url }) => {
      const rows = Array.from({ length: 30 }, (_, code) =>
        [-1, 0.1, 2].flatMap((other) => [code, other]),
      ).flat();
      const got = await scoresOf(url, rows, 2);
      const expected = await (
        await reference(fixture('categories.onnx'), 2)
      )(Float32Array.from(rows), rows.length / 2);
      return got.flatMap((score, row) =>
        Math.abs(score - (expected[row] ?? NaN)) <= 1e-6
          ? []
          : [`row ${row}: score ${score}, ONNX Runtime's ${String(expected[row])}`],
      );
    },
  },
  {
    id: 'S13',
    changes: async () => ({ proof: await proofOf(await readFixture('tiny.onnx'), 4) }),
    run: async ({ grpcPort }) => {
      const answer = await healthOf(grpcPort);
      // `status: SERVING`
      return answer === '0801' ? [] : [`grpc.health.v1: ${answer}, expected SERVING`];
    },
  },
  {
    id: 'S14',
    changes: () => ({}),
    run: async ({ url }) => {
      const ids = ['r-1/0', 'a/b/17', '/7', 'r-1'];
      const got = await Promise.all(ids.map((id) => idOf(url, id)));
      return ids.flatMap((id, index) =>
        (got[index] === id) === (id === 'r-1') ? [] : [`x-request-id ${id} became ${String(got[index])}`],
      );
    },
  },
];

/** Trees that import ai.onnx.ml and no standard operators. */
function mlOnly(): Buffer {
  const trees = {
    operator: 'TreeEnsembleRegressor',
    domain: 'ai.onnx.ml',
    inputs: ['features'],
    outputs: ['score'],
    attributes: {
      n_targets: 1,
      nodes_treeids: { ints: [0] },
      nodes_nodeids: { ints: [0] },
      nodes_featureids: { ints: [0] },
      nodes_values: { floats: [0] },
      nodes_truenodeids: { ints: [0] },
      nodes_falsenodeids: { ints: [0] },
      nodes_modes: { strings: ['LEAF'] },
      target_treeids: { ints: [0] },
      target_nodeids: { ints: [0] },
      target_ids: { ints: [0] },
      target_weights: { floats: [1] },
    },
  };
  return encodeModel({
    ir: 8,
    opsets: [{ domain: 'ai.onnx.ml', version: 3 }],
    graph: {
      nodes: [trees],
      inputs: [{ name: 'features', type: TYPE.float, shape: ['N', 1] }],
      outputs: [{ name: 'score', type: TYPE.float, shape: ['N', 1] }],
      initializers: [],
    },
  });
}

async function scoresOf(url: string, rows: readonly number[], columns: number): Promise<readonly number[]> {
  const inputs = [
    { name: 'features', shape: [rows.length / columns, columns], datatype: 'FP32', data: rows },
  ];
  const answer = await fetch(`${url}/v2/models/tiny/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs }),
  });
  const { outputs } = (await answer.json()) as { outputs?: readonly { data: readonly number[] }[] };
  return outputs?.[0]?.data ?? [];
}

async function idOf(url: string, id: string): Promise<string | null> {
  const answer = await fetch(`${url}/v2`, { headers: { 'x-request-id': id } });
  await answer.arrayBuffer();
  return answer.headers.get('x-request-id');
}

/** The encoded answer of `Check` for the whole server, in hexadecimal digits. */
function healthOf(port: number): Promise<string> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest('/grpc.health.v1.Health/Check', same, same, Buffer.alloc(0), (error, answer) => {
      client.close();
      resolve(error === null ? (answer?.toString('hex') ?? '') : error.message);
    });
  });
}
