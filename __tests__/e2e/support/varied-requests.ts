import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { exampleRequest, root } from './platform';

const REQUESTS = 200;
/** One request in so many has a row that the model raises an alarm for. */
const PER_ALARM = 20;
/** What the example's only suspicious row stands out by. */
const SUSPICIOUS = 'terminal_risk_';

interface Request {
  readonly id: string;
  readonly inputs: readonly { readonly data: readonly (readonly number[])[] }[];
}

/** What model.yaml says that the server accepts. */
interface Feature {
  readonly name: string;
  readonly integer?: boolean;
  readonly max?: number;
}

/**
 * Requests that differ: those of the example with every number that may have any size up to three times as large or small,
 * and mostly without what raises an alarm. The server refuses whole numbers that are not, and what is beyond a feature's
 * bounds.
 */
export function variedBodies(): readonly string[] {
  const example = JSON.parse(readFileSync(exampleRequest, 'utf8')) as Request;
  const model = parse(readFileSync(join(root, 'models/fraud/model.yaml'), 'utf8')) as { features: Feature[] };
  const isFree = model.features.map(({ integer, max }) => integer !== true && max === undefined);
  const isSuspicious = model.features.map(({ name }) => name.startsWith(SUSPICIOUS));
  return Array.from({ length: REQUESTS }, (_, request) => {
    const inputs = example.inputs.map((input) => ({
      ...input,
      data: input.data.map((row, at) =>
        row.map((value, column) => {
          if (isSuspicious[column] === true) return request % PER_ALARM === 0 ? value : 0;
          return isFree[column] === true ? value * factor((request * 31 + at) * 31 + column) : value;
        }),
      ),
    }));
    return JSON.stringify({ ...example, inputs });
  });
}

/** A file with them, one a line. */
export function variedRequests(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'requests-')), 'requests.ndjson');
  writeFileSync(file, variedBodies().join('\n'));
  return file;
}

/** From a third to three, the same on every run. */
function factor(seed: number): number {
  const share = Math.abs(Math.sin(seed + 1) * 43_758.5453) % 1;
  return 3 ** (2 * share - 1);
}
