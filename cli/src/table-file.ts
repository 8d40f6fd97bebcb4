import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';

/** A problem with a line: what was found, what was expected. */
export interface LineProblem {
  readonly field: string;
  readonly got: string;
  readonly expected: string;
}

/** A line of a file, from 1: its value, or why there is none. */
export interface Line {
  readonly line: number;
  readonly value?: unknown;
  readonly problem?: LineProblem;
}

/** One JSON value per line; empty lines are passed over. */
export async function* jsonLines(file: string): AsyncGenerator<Line> {
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

/**
 * Rows of a CSV file as objects of text by column; cells without text are left out.
 * @param check throws where the header will not do
 * @param typed the value that a text of a column stands for
 */
export async function* csvLines(
  file: string,
  check: (header: readonly string[]) => void,
  typed: (column: string, text: string) => unknown,
): AsyncGenerator<Line> {
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
      check(header);
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
    const cells = header
      .map((column, index) => [column, record[index] ?? ''] as const)
      .filter(([, text]) => text !== '')
      .map(([column, text]) => [column, typed(column, text)] as const);
    yield { line: info.lines, value: Object.fromEntries(cells) };
  }
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
