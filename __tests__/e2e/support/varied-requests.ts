import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { exampleRequest, root } from './platform';

const REQUESTS = 200;
/** One request in so many is the example, which raises an alarm. */
const PER_ALARM = 20;
/** How much larger or smaller a number may be; twice as large raises alarms. */
const SPREAD = 1.5;

interface Request {
  readonly id: string;
  readonly inputs: readonly { readonly data: readonly (readonly number[])[] }[];
}

/** What model.yaml says that the server accepts. */
interface Feature {
  readonly integer?: boolean;
  readonly max?: number;
}

/**
 * Requests that differ, few of which raise an alarm: rows like the example's first, whose numbers that may have any size are a
 * little larger or smaller. The server refuses whole numbers that are not, and what is beyond a feature's bounds.
 */
export function variedBodies(): readonly string[] {
  const example = JSON.parse(readFileSync(exampleRequest, 'utf8')) as Request;
  const model = parse(readFileSync(join(root, 'models/fraud/model.yaml'), 'utf8')) as { features: Feature[] };
  const isFree = model.features.map(({ integer, max }) => integer !== true && max === undefined);
  const varied = ([ordinary = []]: readonly (readonly number[])[], seed: number) =>
    [0, 1, 2].map((row) =>
      ordinary.map((value, column) =>
        isFree[column] === true ? value * factor((seed * 31 + row) * 31 + column) : value,
      ),
    );
  return Array.from({ length: REQUESTS }, (_, request) => {
    const inputs = example.inputs.map((input) => ({ ...input, data: varied(input.data, request) }));
    return JSON.stringify(request % PER_ALARM === 0 ? example : { ...example, inputs });
  });
}

/** A file with them, one a line. */
export function variedRequests(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'requests-')), 'requests.ndjson');
  writeFileSync(file, variedBodies().join('\n'));
  return file;
}

/** The same on every run. */
function factor(seed: number): number {
  const share = Math.abs(Math.sin(seed + 1) * 43_758.5453) % 1;
  return SPREAD ** (2 * share - 1);
}
