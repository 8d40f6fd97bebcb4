import { extname } from 'node:path';
import { CsvError } from 'csv-parse';
import { readLabel, type Label, type LabelProblem } from '../../../contracts/labels';
import { errors } from '../errors';
import { csvLines, jsonLines, type Line } from '../table-file';

/** A line of a file, from 1: a label, or what keeps it from being one. */
export type LabelLine = { readonly line: number } & (
  { readonly label: Label } | { readonly problem: LabelProblem }
);

const READERS: Readonly<Record<string, (file: string) => AsyncIterable<Line>>> = {
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

function csvRows(file: string): AsyncGenerator<Line> {
  const check = (header: readonly string[]) => {
    const missing = CSV_COLUMNS.filter((column) => !header.includes(column));
    if (missing.length > 0) throw errors.labelsHeader(file, header, missing);
  };
  return csvLines(file, check, typed);
}

/** Text as readLabel takes it: what stands for a number or a truth becomes one. */
function typed(column: string, text: string): unknown {
  if (column === 'label' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if ((column === 'label' || column === 'row') && /^\d+$/.test(text)) return Number(text);
  return text;
}
