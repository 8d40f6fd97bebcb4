import { extname } from 'node:path';
import { CsvError } from 'csv-parse';
import { errors } from '../errors';
import { csvLines, jsonLines, type Line, type LineProblem } from '../table-file';

/** What a model is asked about, and what it turned out to be. */
export interface Row {
  /** When it happened, for progress. */
  readonly at?: string;
  /** By name, as the model server takes them. */
  readonly features: Readonly<Record<string, unknown>>;
  /** Absent: nobody knows, and no label is sent. */
  readonly label?: boolean;
}

const READERS: Readonly<Record<string, (file: string) => AsyncIterable<Line>>> = {
  '.csv': csvRows,
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
};

/**
 * Rows of a file, as a stream: JSON Lines of {at, features, label}, or CSV whose columns other than `at` and `label`
 * are features.
 * @throws UserError labelsFileUnknown, trafficFile
 */
export async function* fileRows(file: string): AsyncGenerator<Row> {
  const read = READERS[extname(file).toLowerCase()];
  if (read === undefined) throw errors.labelsFileUnknown(file, Object.keys(READERS));
  try {
    for await (const { line, value, problem } of read(file)) {
      const row = problem === undefined ? readRow(value) : { problem };
      if ('problem' in row) throw errors.trafficFile(file, said(line, row.problem), row.problem.expected);
      yield row.row;
    }
  } catch (error) {
    const readable = 'a readable file: JSON Lines, or CSV with a header';
    if (error instanceof CsvError) throw errors.trafficFile(file, error.message, readable);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw errors.trafficFile(file, (error as Error).message, readable);
  }
}

/** A row, or what keeps the value from being one. */
export function readRow(value: unknown): { readonly row: Row } | { readonly problem: LineProblem } {
  if (!isObject(value)) return wrong('line', value, 'an object with features');
  const { at, features, label } = value;
  if (!isObject(features) || Object.keys(features).length === 0)
    return wrong('features', features, 'an object of features by name');
  if (at !== undefined && (typeof at !== 'string' || Number.isNaN(Date.parse(at))))
    return wrong('at', at, 'a time such as 2026-03-01T12:00:00Z, or nothing');
  if (label !== undefined && label !== null && ![0, 1, true, false].includes(label as never))
    return wrong('label', label, '0, 1, true, false, or nothing');
  return {
    row: {
      features,
      ...(at === undefined ? {} : { at }),
      ...(label === undefined || label === null ? {} : { label: label === true || label === 1 }),
    },
  };
}

async function* csvRows(file: string): AsyncGenerator<Line> {
  for await (const { value, ...line } of csvLines(file, () => undefined, typed)) {
    if (!isObject(value)) {
      yield line;
      continue;
    }
    const { at, label, ...features } = value;
    yield { ...line, value: { at, features, label } };
  }
}

/** Numbers are numbers; other text is a category. */
function typed(column: string, text: string): unknown {
  if (column === 'at') return text;
  if (column === 'label' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(field: string, got: unknown, expected: string): { problem: LineProblem } {
  const text = got === undefined ? 'nothing' : JSON.stringify(got);
  return { problem: { field, got: text.length > 100 ? `${text.slice(0, 100)}…` : text, expected } };
}

function said(line: number, { field, got }: LineProblem): string {
  return field === 'line' ? `line ${String(line)}: ${got}` : `line ${String(line)}: ${field} is ${got}`;
}
