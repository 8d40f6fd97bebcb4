import { errors } from './errors';
import { binaryBody, binaryScores, INFER_PATH, jsonBody, jsonScores } from './requests';
import type { Rows } from './requests';
import type { RunningServer } from './running-server';

const TOLERANCE = 1e-5;
const ROWS = 1000;
const BATCH = 100;
/** Rows that are also sent one by one. */
const SINGLES = 50;

/** The largest difference between scores, or why they cannot be compared. */
export function largestDifference(got: readonly number[], expected: ArrayLike<number>): number | string {
  if (got.length !== expected.length) return `${got.length} scores for ${expected.length} rows`;
  const differences = got.map((score, row) => Math.abs(score - (expected[row] ?? Number.NaN)));
  const notANumber = differences.findIndex(Number.isNaN);
  return notANumber === -1
    ? Math.max(0, ...differences)
    : `score ${String(got[notANumber])} for row ${notANumber}`;
}

/**
 * Proves that a server answers right in every form it is measured with: one by one, in batches, and in binary.
 *
 * @param scores what ONNX Runtime answers, one per row
 * @returns the largest difference
 * @throws {BenchError} wrongScores
 */
export async function requireParity(
  server: RunningServer,
  rows: Rows,
  scores: Float32Array,
): Promise<number> {
  const url = `${server.url}${INFER_PATH}`;
  const differences: number[] = [];
  const compare = (form: string, got: readonly number[], from: number, count: number) => {
    const difference = largestDifference(got, scores.subarray(from, from + count));
    if (typeof difference === 'string' || difference > TOLERANCE)
      throw errors.wrongScores(server.peer.title, `${form}, rows from ${from}: ${difference}`, TOLERANCE);
    differences.push(difference);
  };
  for (let from = 0; from < SINGLES; from++)
    compare('one row', await inferJson(url, jsonBody(rows, from, 1), server), from, 1);
  for (let from = 0; from < ROWS; from += BATCH) {
    compare('JSON', await inferJson(url, jsonBody(rows, from, BATCH), server), from, BATCH);
    if (server.peer.binary) compare('binary', await inferBinary(url, rows, from, server), from, BATCH);
  }
  return Math.max(...differences);
}

async function inferJson(url: string, body: string, server: RunningServer): Promise<number[]> {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  const text = await response.text();
  if (!response.ok) throw errors.wrongScores(server.peer.title, `${response.status} ${text}`, TOLERANCE);
  return jsonScores(text);
}

async function inferBinary(url: string, rows: Rows, from: number, server: RunningServer): Promise<number[]> {
  const { body, headerLength } = binaryBody(rows, from, BATCH);
  const headers = {
    'content-type': 'application/octet-stream',
    'inference-header-content-length': String(headerLength),
  };
  const response = await fetch(url, { method: 'POST', body, headers });
  const answer = Buffer.from(await response.arrayBuffer());
  const answered = response.headers.get('inference-header-content-length');
  if (!response.ok || answered === null) {
    const got = `${response.status} ${answer.toString().slice(0, 300)}`;
    throw errors.wrongScores(server.peer.title, `binary: ${got}`, TOLERANCE);
  }
  return binaryScores(answer, Number(answered));
}
