import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ROOT } from '../../contracts/repository';
import { exampleRequest } from '../e2e/support/platform';
import { variedBodies } from '../e2e/support/varied-requests';

interface Feature {
  readonly name: string;
  readonly integer?: boolean;
  readonly min?: number;
  readonly max?: number;
}

const { features } = parse(readFileSync(join(ROOT, 'models/fraud/model.yaml'), 'utf8')) as {
  features: Feature[];
};
const rows = variedBodies().flatMap(
  (body) => (JSON.parse(body) as { inputs: { data: number[][] }[] }).inputs[0]?.data ?? [],
);

/** As the server checks a row. */
function refused(row: readonly number[]): readonly string[] {
  return features.flatMap(({ name, integer = false, min = -Infinity, max = Infinity }, column) => {
    const value = row[column] ?? Number.NaN;
    const isFine = value >= min && value <= max && (!integer || Number.isInteger(value));
    return isFine ? [] : [`${name}: ${String(value)}`];
  });
}

describe('the varied requests of the cluster tests', () => {
  it('are all accepted by the server of the model', () => {
    expect(rows.length).toBeGreaterThan(500);
    expect([...new Set(rows.flatMap(refused))]).toEqual([]);
  });

  it('differ, but for one in twenty, which raises an alarm: the example itself', () => {
    const bodies = variedBodies();
    const alarms = bodies.length / 20;
    expect(new Set(bodies).size).toBe(bodies.length - alarms + 1);
    const example: unknown = JSON.parse(readFileSync(exampleRequest, 'utf8'));
    expect(bodies.filter((body) => body === JSON.stringify(example))).toHaveLength(alarms);
  });
});
