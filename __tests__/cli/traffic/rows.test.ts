import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fileRows, type Row } from '../../../cli/src/traffic/rows';
import { sourceRows } from '../../../cli/src/traffic/source-rows';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function all(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

function read(name: string, text: string): Promise<Row[]> {
  writeFileSync(join(folder, name), text);
  return all(fileRows(join(folder, name)));
}

const first = { at: '2026-03-01T00:00:01Z', features: { depot: 'north', kilograms: 1.5 }, label: true };
const second = { features: { depot: 'south', kilograms: 2 } };

describe('rows of a file', () => {
  it('are read from JSON Lines; time and label may be missing', async () => {
    const lines = [{ ...first, label: 1 }, second, { ...second, label: null }];
    const text = lines.map((line) => JSON.stringify(line)).join('\n');
    expect(await read('a.jsonl', text)).toEqual([first, second, second]);
  });

  it('are read from CSV, where every other column is a feature', async () => {
    const text = 'at,depot,kilograms,label\n2026-03-01T00:00:01Z,north,1.5,1\n,south,2,\n';
    expect(await read('a.csv', text)).toEqual([first, second]);
  });

  it.each([
    ['a.jsonl', '{"features": {"a": 1}}\n{"features": {}}', 'line 2: features is {}'],
    ['a.jsonl', 'nothing', 'line 1: nothing'],
    ['a.jsonl', '{"features": {"a": 1}, "label": "yes"}', 'line 1: label is "yes"'],
    ['a.jsonl', '{"features": {"a": 1}, "at": "noon"}', 'line 1: at is "noon"'],
    ['a.csv', 'a,b\n1\n', 'line 2: 1 values'],
  ])('are refused in %s: %s', async (name, text, message) => {
    await expect(read(name, text)).rejects.toThrow(`cannot be replayed.\n  got:      ${message}\n`);
  });

  it('are refused where there is no such file, or nobody knows what is in it', async () => {
    await expect(all(fileRows(join(folder, 'none.jsonl')))).rejects.toThrow('ENOENT');
    await expect(all(fileRows('rows.parquet'))).rejects.toThrow('a name that ends in .csv, .jsonl, .ndjson');
  });
});

describe('rows of a data source', () => {
  /** A program in place of Python. */
  function python(script: string): string {
    const file = join(folder, 'python');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  const rows = (options: { python?: string; changeAt?: string } = {}) =>
    sourceRows({
      root: folder,
      model: 'parcels',
      folder: 'teams/post',
      from: '2026-03-01',
      to: '2026-03-03',
      most: 100,
      signal: new AbortController().signal,
      ...options,
    });

  it('are what the pipeline prints for the period, with the change', async () => {
    const program = python(`echo "$*" > called\necho '${JSON.stringify(first)}'\necho '{"step": 1}' >&2`);
    expect(await all(rows({ python: program, changeAt: '2026-03-02' }))).toEqual([first]);
    expect(readFileSync(join(folder, 'called'), 'utf8').trim()).toBe(
      '-m pipeline rows parcels --json --folder teams/post --from 2026-03-01 --to 2026-03-03 --most 100 ' +
        '--set source.parameters.change_at=2026-03-02',
    );
  });

  it('need the Python environment of the repository', async () => {
    await expect(all(rows())).rejects.toThrow('Run `make setup-python`, or replay a file with --file.');
  });

  it('that cannot be made are explained as the pipeline explains it', async () => {
    const error = {
      what: 'data source parcels: parameter change_at is not valid',
      got: 'x',
      expected: 'y',
      fix: 'z',
    };
    const program = python(`echo '${JSON.stringify({ error })}' >&2\nexit 1`);
    await expect(all(rows({ python: program }))).rejects.toThrow(
      'The data source of parcels gave no rows: data source parcels: parameter change_at is not valid.\n  got:      x\n  expected: y\n  fix:      z',
    );
  });

  it('that end in a crash are no whole answer', async () => {
    const program = python(`echo '${JSON.stringify(first)}'\necho "No module named pandas" >&2\nexit 3`);
    await expect(all(rows({ python: program }))).rejects.toThrow('exit code 3: No module named pandas');
  });

  it('are made no longer than somebody reads them', async () => {
    const program = python(`echo '${JSON.stringify(first)}'\nexec sleep 60`);
    const began = Date.now();
    for await (const row of rows({ python: program })) {
      expect(row).toEqual(first);
      break;
    }
    expect(Date.now() - began).toBeLessThan(20_000);
  });
});
