import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { InferenceSession, Tensor } from 'onnxruntime-node';

interface InferRequest {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
}

const session = await InferenceSession.create(process.env.MODEL ?? '', {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
});

async function infer(body: string): Promise<string> {
  const [input] = (JSON.parse(body) as InferRequest).inputs;
  if (input === undefined) throw new Error('no input');
  const features = new Tensor('float32', Float32Array.from(input.data), input.shape);
  const { score } = await session.run({ features }, ['score']);
  if (score === undefined) throw new Error('no score');
  const data = Array.from(score.data as Float32Array);
  const outputs = [{ name: 'score', datatype: 'FP32', shape: score.dims, data }];
  return JSON.stringify({ model_name: 'bench', model_version: '1', outputs });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    infer(Buffer.concat(chunks).toString()).then(
      (text) => {
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
        response.writeHead(200, headers).end(text);
      },
      (error: unknown) => {
        response.writeHead(400).end(String(error));
      },
    );
  });
}

createServer((request, response) => {
  if (request.method === 'POST') answer(request, response);
  else response.writeHead(200).end('{}');
}).listen(Number(process.env.PORT), '127.0.0.1');
