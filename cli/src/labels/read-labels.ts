import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { extname } from 'node:path';
import { CsvError, parse } from 'csv-parse';
import { readLabel, type Label, type LabelProblem } from '../../../contracts/labels';
import { errors } from '../errors';

/** A line of a file, from 1: a label, or what keeps it from being one. */
export type LabelLine = { readonly line: number } & (
  { readonly label: Label } | { readonly problem: LabelProblem }
);

interface Raw {
  readonly line: number;
  readonly value?: unknown;
  /** Why there is no value. */
  readonly problem?: LabelProblem;
}

const READERS: Readonly<Record<string, (file: string) => AsyncIterable<Raw>>> = {
  '.csv': csvRows,
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
};

const CSV_COLUMNS = ['prediction_id', 'label', 'source'];

/**
 * Labels of a file, as a stream: CSV with a header, or a JSON object per line.
 * @throws UserError labelsFileUnknown, labelsFileUnreadable, labelsFileBroken, labelsHeader
 */
export async function* readLabels(file: string): AsyncGenerator<LabelLine> {
  const read = READERS[extname(file).toLowerCase()];
  if (read === undefined) throw errors.labelsFileUnknown(file, Object.keys(READERS));
  try {
    for await (const { line, value, problem } of read(file))
      yield problem === undefined ? { line, ...readLabel(value) } : { line, problem };
  } catch (error) {
    if (error instanceof CsvError) throw errors.labelsFileBroken(file, error.message);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw errors.labelsFileUnreadable(file, (error as Error).message);
  }
}

async function* jsonLines(file: string): AsyncGenerator<Raw> {
  const input = createReadStream(file);
  let line = 0;
  for await (const text of failingWith(input, createInterface({ input, crlfDelay: Infinity }))) {
    line += 1;
    if (text.trim() === '') continue;
    try {
      yield { line, value: JSON.parse(text) };
    } catch {
      yield { line, problem: { field: 'line', got: shortened(text), expected: 'a JSON object' } };
    }
  }
}

async function* csvRows(file: string): AsyncGenerator<Raw> {
  const input = createReadStream(file);
  const rows = input.pipe(
    parse({ bom: true, info: true, skip_empty_lines: true, relax_column_count: true, trim: true }),
  );
  let header: readonly string[] | undefined;
  for await (const { record, info } of failingWith(input, rows) as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    if (header === undefined) {
      header = record;
      const missing = CSV_COLUMNS.filter((column) => !record.includes(column));
      if (missing.length > 0) throw errors.labelsHeader(file, record, missing);
      continue;
    }
    if (record.length !== header.length) {
      const expected = `${String(header.length)} values, as in the header`;
      yield {
        line: info.lines,
        problem: { field: 'line', got: `${String(record.length)} values`, expected },
      };
      continue;
    }
    yield { line: info.lines, value: fromCsv(header, record) };
  }
}

/** Text as readLabel takes it: what stands for a number or a truth becomes one, and nothing is left out. */
function fromCsv(header: readonly string[], record: readonly string[]): unknown {
  const filled = header
    .map((column, index) => [column, record[index] ?? ''] as const)
    .filter(([, text]) => text !== '');
  return Object.fromEntries(filled.map(([column, text]) => [column, typed(column, text)]));
}

function typed(column: string, text: string): unknown {
  if (column === 'label' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if ((column === 'label' || column === 'row') && /^\d+$/.test(text)) return Number(text);
  return text;
}

/** The items of what reads a stream; where the stream fails, its error. */
async function* failingWith<T>(input: NodeJS.EventEmitter, items: AsyncIterable<T>): AsyncGenerator<T> {
  let failure: unknown;
  input.once('error', (error) => {
    failure = error;
    (items as { close?(): void; destroy?(): void }).close?.();
    (items as { close?(): void; destroy?(): void }).destroy?.();
  });
  try {
    for await (const item of items) yield item;
  } catch (error) {
    throw failure ?? error;
  }
  if (failure !== undefined) throw failure as Error;
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
