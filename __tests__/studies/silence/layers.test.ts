import { describe, expect, test } from '@jest/globals';
import { ruleGroups, type RuleGroup } from '../../../monitoring/rules/index';
import { metricNames } from '../../../monitoring/queries/metric-names';
import { blockHours, slices } from '../../../studies/silence/backfill';
import { coarsened, isRecording, layersOf } from '../../../studies/silence/layers';

const group = (name: string, rules: Readonly<Record<string, string>>): RuleGroup => ({
  name,
  interval: '1m',
  rules: Object.entries(rules).map(([record, expr]) => ({ record, expr })),
});
const names = (layers: readonly (readonly RuleGroup[])[]) =>
  layers.map((layer) =>
    layer.map(({ name, rules }) => [name, ...rules.filter(isRecording).map(({ record }) => record)]),
  );

describe('layers of recording rules', () => {
  test('a rule comes after all that it reads, whatever group they are in', () => {
    const groups = [
      group('first', { 'a:c:sum': 'a:b:sum + 1', 'a:raw:sum': 'sum(raw)' }),
      group('second', { 'a:b:sum': 'rate(raw[5m]) + a:raw:sum' }),
    ];
    expect(names(layersOf(groups))).toEqual([
      [['first', 'a:raw:sum']],
      [['second', 'a:b:sum']],
      [['first', 'a:c:sum']],
    ]);
  });

  test('a name that several rules record is complete only when all of them are', () => {
    const groups: RuleGroup[] = [
      {
        name: 'windows',
        interval: '1m',
        rules: [
          { record: 'a:x:ratio', expr: 'rate(raw[5m])', labels: { window: '5m' } },
          { record: 'a:x:ratio', expr: 'a:y:ratio', labels: { window: '1h' } },
          { record: 'a:y:ratio', expr: 'raw' },
          { record: 'a:z:ratio', expr: 'a:x:ratio' },
        ],
      },
    ];
    expect(layersOf(groups).map((layer) => layer[0]?.rules.length)).toEqual([2, 1, 1]);
  });

  test('alerts are left out, and groups keep their interval', () => {
    const layers = layersOf(ruleGroups());
    expect(layers.flat().flatMap(({ rules }) => rules.filter((rule) => !isRecording(rule)))).toEqual([]);
    expect(new Set(layers.flat().map(({ name, interval }) => `${name} ${interval}`))).toEqual(
      new Set(['served-rows 5m', 'drift 5m', 'slo 30s']),
    );
  });

  test("the platform's rules: all of them, none before what it reads", () => {
    const groups = ruleGroups();
    const all = groups.flatMap(({ rules }) => rules.filter(isRecording));
    const known = new Set<string>();
    let count = 0;
    for (const layer of layersOf(groups)) {
      const rules = layer.flatMap((each) => each.rules.filter(isRecording));
      for (const { expr } of rules)
        for (const name of metricNames(expr)) expect(!name.includes(':') || known.has(name)).toBe(true);
      for (const { record } of rules) known.add(record);
      count += rules.length;
    }
    expect(count).toBe(all.length);
  });

  test('a cycle is reported by name', () => {
    const circle = [group('g', { 'a:b:c': 'd:e:f', 'd:e:f': 'a:b:c' })];
    expect(() => layersOf(circle)).toThrow('rules read one another in a circle: a:b:c, d:e:f');
  });
});

test('no group is evaluated more often than there are samples', () => {
  const intervals = coarsened(ruleGroups(), 60).map(({ name, interval }) => `${name} ${interval}`);
  expect(intervals).toEqual(['served-rows 300s', 'drift 300s', 'slo 60s', 'models 60s', 'platform 60s']);
});

describe('slices of a history', () => {
  test('begin with a block, are consecutive and leave nothing out', () => {
    expect(slices(150, 1_000, 100, 3)).toEqual([
      [150, 499],
      [500, 899],
      [900, 1_000],
    ]);
  });

  test('are never more than there are blocks', () => {
    expect(slices(10, 50, 100, 3)).toEqual([[10, 50]]);
  });

  test('blocks are as long as Prometheus answers at once', () => {
    expect([30, 60, 300].map(blockHours)).toEqual([54, 162, 486]);
  });
});
