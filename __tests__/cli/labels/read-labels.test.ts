import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readLabels, type LabelLine } from '../../../cli/src/labels/read-labels';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labels-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function read(name: string, text?: string): Promise<LabelLine[]> {
  const file = join(folder, name);
  if (text !== undefined) writeFileSync(file, text);
  const lines: LabelLine[] = [];
  for await (const line of readLabels(file)) lines.push(line);
  return lines;
}

const messageOf = async (name: string, text?: string): Promise<string> => {
  try {
    await read(name, text);
  } catch (error) {
    return (error as Error).message.replaceAll(folder, '<folder>');
  }
  throw new Error('the file was accepted');
};

const first = { prediction_id: 'r-1/0', label: true, source: 'chargeback' };
const second = {
  prediction_id: 'r-2',
  label: false,
  source: 'analyst',
  row: 3,
  predicted_at: '2026-03-01T12:00:00Z',
};

describe('labels of a CSV file', () => {
  it('are read by column name, in any order', async () => {
    const text =
      'source,row,label,predicted_at,prediction_id\nchargeback,,1,,r-1/0\nanalyst,3,false,2026-03-01T12:00:00Z,r-2\n';
    expect(await read('a.csv', text)).toEqual([
      { line: 2, label: first },
      { line: 3, label: second },
    ]);
  });

  it('may have a byte order mark, quotes, empty lines and CRLF', async () => {
    const text = '\ufeffprediction_id,label,source\r\n\r\n"r-1/0",TRUE,"chargeback"\r\n';
    expect(await read('a.CSV', text)).toEqual([{ line: 3, label: first }]);
  });

  it('are refused line by line', async () => {
    const text = [
      'prediction_id,label,source',
      ',1,chargeback',
      'r-1,yes,chargeback',
      'r-2,1',
      'r-1/0,1,chargeback',
    ];
    expect(await read('a.csv', text.join('\n'))).toEqual([
      { line: 2, problem: expect.objectContaining({ field: 'prediction_id', got: 'nothing' }) as unknown },
      { line: 3, problem: expect.objectContaining({ field: 'label', got: '"yes"' }) as unknown },
      { line: 4, problem: { field: 'line', got: '2 values', expected: '3 values, as in the header' } },
      { line: 5, label: first },
    ]);
  });

  it('are refused with an unknown column', async () => {
    const [line] = await read('a.csv', 'prediction_id,label,source,colour\nr-1,1,chargeback,red\n');
    expect(line).toMatchObject({ line: 2, problem: { field: 'colour' } });
  });

  it('need a header', async () => {
    expect(await messageOf('a.csv', 'r-1,1,chargeback\n')).toMatchInlineSnapshot(`
     "<folder>/a.csv has no column prediction_id, label, source.
       got:      header: r-1, 1, chargeback
       expected: a header with prediction_id, label and source; row and predicted_at if you have them
       fix:      Add the header, or rename the columns."
    `);
  });

  it('need closing quotes', async () => {
    expect(await messageOf('a.csv', 'prediction_id,label,source\n"r-1,1,chargeback\n'))
      .toMatchInlineSnapshot(`
     "<folder>/a.csv cannot be read as CSV.
       got:      Quote Not Closed: the parsing is finished with an opening quote at line 2
       expected: values separated by commas, those with commas or quotes in double quotes
       fix:      Correct the line that is named."
    `);
  });
});

describe('labels of a JSON Lines file', () => {
  it.each(['a.jsonl', 'a.ndjson'])('are read from %s', async (name) => {
    const text = `${JSON.stringify({ ...first, label: 1 })}\n\n${JSON.stringify(second)}`;
    expect(await read(name, text)).toEqual([
      { line: 1, label: first },
      { line: 3, label: second },
    ]);
  });

  it('are refused line by line', async () => {
    const text = `{"prediction_id"\n[]\n${JSON.stringify(first)}\n`;
    expect(await read('a.jsonl', text)).toEqual([
      { line: 1, problem: { field: 'line', got: '{"prediction_id"', expected: 'a JSON object' } },
      { line: 2, problem: { field: 'label', got: '[]', expected: 'an object' } },
      { line: 3, label: first },
    ]);
  });
});

describe('a file', () => {
  it('of another format is refused before it is read', async () => {
    expect(await messageOf('a.parquet', 'PAR1')).toMatchInlineSnapshot(`
     "The name of the file does not say what is in it.
       got:      <folder>/a.parquet
       expected: a name that ends in .csv, .jsonl, .ndjson
       fix:      Export CSV with a header, or a JSON object per line, and name it so."
    `);
  });

  it.each(['a.csv', 'a.jsonl'])('that does not exist is named: %s', async (name) => {
    expect(await messageOf(name)).toContain(`<folder>/${name}: ENOENT: no such file or directory`);
  });

  it.each(['a.csv', 'a.jsonl'])('that is a folder is named: %s', async (name) => {
    mkdirSync(join(folder, name));
    expect(await messageOf(name)).toContain(`<folder>/${name}: EISDIR`);
  });
});
