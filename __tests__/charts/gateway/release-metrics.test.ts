import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROLLOUT_METRIC } from '../../../contracts/metrics';
import type { HistoryEntry } from '../../../contracts/release-list';
import { ROOT } from '../../../contracts/repository';
import { parseExposition } from './support/exposition';

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly lines: readonly string[];
}
const script = async (name: string): Promise<unknown> =>
  ((await import(pathToFileURL(join(ROOT, 'charts/gateway/files', name)).href)) as { default: unknown })
    .default;
const { gauges } = (await script('releases.js')) as {
  gauges: (releases: string, history: string) => Gauge[];
};
const { family } = (await script('metrics.js')) as { family: (...words: unknown[]) => string };

const shownOf = (releases: string, history: string) =>
  parseExposition(
    gauges(releases, history)
      .map(({ name, help, lines }) => family(name, 'gauge', help, lines))
      .join(''),
  );

const AT = '2026-11-20T10:00:00.000Z';
const change = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
  at: AT,
  by: 'ann@laptop',
  action: 'deploy',
  model: 'fraud',
  version: '2',
  from: '1',
  image: 'models/fraud:2',
  note: '',
  ...changes,
});
const versions = (...weights: readonly (readonly [string, number])[]) =>
  weights.map(([version, weight]) => ({ version, weight, image: `models/fraud:${version}` }));
const SERVED = { fraud: { versions: versions(['1', 0], ['2', 100]) } };

function shown(entries: readonly unknown[], models: object = SERVED) {
  const releases = JSON.stringify({ schema: 1, models });
  return shownOf(releases, JSON.stringify({ schema: 1, entries }));
}

/** Values of a metric by its labels. */
function valuesOf(families: ReturnType<typeof shown>, { name }: { readonly name: string }) {
  return Object.fromEntries(families.get(name)?.values ?? []);
}

const { weight, championSince, lastChange } = ROLLOUT_METRIC;
const seconds = (at: string) => Date.parse(at) / 1000;

describe('the metrics of the release list', () => {
  it.each(Object.values(ROLLOUT_METRIC))('have $name as the contract says', (contract) => {
    const family = shown([change()]).get(contract.name);
    expect([family?.type, family?.help]).toEqual([contract.type, contract.help]);
    for (const key of family?.values.keys() ?? [])
      expect([...key.matchAll(/(\w+)="/g)].map(([, label]) => label)).toEqual(contract.labels);
    expect(family?.values.size).toBeGreaterThan(0);
  });

  it('have no other family', () => {
    expect([...shown([]).keys()]).toEqual(Object.values(ROLLOUT_METRIC).map(({ name }) => name));
  });

  it('have the weight of every listed version, standbys included', () => {
    expect(valuesOf(shown([]), weight)).toEqual({
      '{model="fraud",version="1"}': 0,
      '{model="fraud",version="2"}': 100,
    });
  });

  it('have the newest time of each change, with its reason', () => {
    const later = '2026-11-21T10:00:00.000Z';
    const entries = [
      change(),
      change({ action: 'rollback', version: '1', from: '2', note: 'worse errors: 12 of 400, E = 2000' }),
      change({ at: later }),
      change({ model: 'churn', version: '7' }),
    ];
    expect(valuesOf(shown(entries), lastChange)).toEqual({
      '{model="fraud",version="2",action="deploy",reason="unstated"}': seconds(later),
      '{model="fraud",version="1",action="rollback",reason="worse errors"}': seconds(AT),
      '{model="churn",version="7",action="deploy",reason="unstated"}': seconds(AT),
    });
  });

  it.each([
    ['', 'unstated'],
    ['Recall below its gate (0.41 < 0.5)', 'recall below its gate'],
    ['quote" or\nline', 'other'],
    ['x'.repeat(41), 'other'],
  ])('take %j for the reason %s', (note, reason) => {
    expect(Object.keys(valuesOf(shown([change({ note })]), lastChange))).toEqual([
      `{model="fraud",version="2",action="deploy",reason="${reason}"}`,
    ]);
  });

  it('show at most twenty changes of a model, the newest', () => {
    const entries = Array.from({ length: 30 }, (_, at) => change({ version: String(at + 1) }));
    const keys = Object.keys(valuesOf(shown(entries), lastChange));
    expect(keys).toHaveLength(20);
    expect(keys[0]).toContain('version="30"');
    expect(keys.at(-1)).toContain('version="11"');
  });

  it('have the champion since it took over, not since its weight last changed', () => {
    const later = '2026-11-21T10:00:00.000Z';
    const entries = [change(), change({ at: later, from: '2' })];
    expect(valuesOf(shown(entries), championSince)).toEqual({ '{model="fraud",version="2"}': seconds(AT) });
  });

  it('have the version with the most traffic for the champion beside a canary', () => {
    const models = { fraud: { versions: versions(['3', 5], ['2', 95]) } };
    const entries = [change(), change({ version: '3', from: '2' })];
    expect(Object.keys(valuesOf(shown(entries, models), championSince))).toEqual([
      '{model="fraud",version="2"}',
    ]);
  });

  it('have no champion where nothing serves, or the history does not know since when', () => {
    expect(valuesOf(shown([change()], { fraud: { versions: versions(['2', 0]) } }), championSince)).toEqual(
      {},
    );
    expect(valuesOf(shown([]), championSince)).toEqual({});
  });

  it.each([
    ['no file', '', ''],
    ['no JSON', '{', '['],
    ['null', 'null', 'null'],
    ['other types', '{"models":{"fraud":{"versions":5}}}', '{"entries":{}}'],
    [
      'names that would break the text',
      '{"models":{"a\\"b":{"versions":[]},"fraud":{"versions":[{"version":"1\\"","weight":1},null]}}}',
      '{"entries":[null,{"model":"fraud\\n","version":"1","at":"2026-01-01"},{"model":"fraud","version":"1","at":"x"}]}',
    ],
  ])('are empty with %s', (_, releases, history) => {
    const families = shownOf(releases, history);
    expect([...families.values()].flatMap(({ values }) => [...values])).toEqual([]);
  });

  it('can be of models whose names are those of properties', () => {
    const entries = [change({ model: 'constructor' })];
    const models = { constructor: SERVED.fraud };
    expect(valuesOf(shown(entries, models), championSince)).toEqual({
      '{model="constructor",version="2"}': seconds(AT),
    });
  });
});
