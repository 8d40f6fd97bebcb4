import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleRequest } from './platform';

const REQUESTS = 200;

interface Request {
  readonly id: string;
  readonly inputs: readonly { readonly data: readonly (readonly number[])[] }[];
}

/** Requests that differ, one a line: those of the example with every number up to three times as large or small. */
export function variedRequests(): string {
  const example = JSON.parse(readFileSync(exampleRequest, 'utf8')) as Request;
  const lines = Array.from({ length: REQUESTS }, (_, request) => {
    const inputs = example.inputs.map((input) => ({
      ...input,
      data: input.data.map((row, at) =>
        row.map((value, column) => value * factor((request * 31 + at) * 31 + column)),
      ),
    }));
    return JSON.stringify({ ...example, inputs });
  });
  const file = join(mkdtempSync(join(tmpdir(), 'requests-')), 'requests.ndjson');
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** From a third to three, the same on every run. */
function factor(seed: number): number {
  const share = Math.abs(Math.sin(seed + 1) * 43_758.5453) % 1;
  return 3 ** (2 * share - 1);
}
