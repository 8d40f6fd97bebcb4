import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';

import { QUALITY_METRIC, seriesNames } from '../../contracts/metrics';
import { Exporter } from '../../quality/src/exporter/exporter';
import { exposeQuality } from '../../quality/src/exporter/exposition';
import { QualityDatabase } from './support/database';

jest.setTimeout(60_000);
const database = await QualityDatabase.start();
const models = [{ name: 'fraud', labelDays: 7, gates: { average_precision: 0.45 } }];

beforeEach(() => database.reset());
afterAll(() => database.postgres.close());

function start() {
  const told: string[] = [];
  let reachable = true;
  const exporter = new Exporter({
    models,
    cycleSeconds: 60,
    connect: () =>
      reachable
        ? Promise.resolve({ ...database.client, end: () => Promise.resolve() })
        : Promise.reject(new Error('connection refused')),
    log: { info: (_, message) => told.push(message), warn: (_, message) => told.push(message) },
  });
  const registry = new Registry();
  exposeQuality(registry, models, () => exporter.shown);
  return {
    exporter,
    told,
    /** Lines of the scrape that are about a metric. */
    scrape: async (metric: keyof typeof QUALITY_METRIC) => {
      const names = seriesNames(QUALITY_METRIC[metric]);
      return (await registry.metrics())
        .split('\n')
        .filter((line) => names.some((name) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)));
    },
    goDown: () => (reachable = false),
    goUp: () => (reachable = true),
  };
}

/** Predictions of one age, and their labels: so many of each kind. */
async function serve(
  age: number,
  kinds: Readonly<Record<'hits' | 'misses' | 'falseAlarms' | 'quiet', number>>,
) {
  const rows = Object.entries(kinds).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => ({
      id: `${kind}-${age}-${index}`,
      age,
      score: kind === 'hits' || kind === 'falseAlarms' ? 0.75 : 0.25,
      label: kind === 'hits' || kind === 'misses',
    })),
  );
  await database.predict(...rows);
  await database.label(...rows.map(({ id, label }) => ({ id, label })));
}

describe('the exporter', () => {
  it('shows the quality of mature days, with intervals, counts and gate', async () => {
    await serve(9, { hits: 30, misses: 10, falseAlarms: 10, quiet: 50 });
    // Labels of alerts arrive early: a day that is not mature counts nowhere.
    await serve(2, { hits: 40, misses: 0, falseAlarms: 0, quiet: 0 });
    const { exporter, scrape, told } = start();
    await exporter.cycle();
    expect(told).toEqual([]);
    expect(
      (await scrape('estimate')).filter((line) => line.includes('"7d"') && line.includes('recall"')),
    ).toEqual(['model_quality_estimate{model="fraud",version="1",window="7d",metric="recall"} 0.75']);
    expect(await scrape('predictions')).toEqual([
      'model_quality_predictions{model="fraud",version="1",window="7d"} 100',
      'model_quality_predictions{model="fraud",version="1",window="28d"} 100',
    ]);
    expect((await scrape('labelled'))[0]).toMatch(/ 100$/);
    expect((await scrape('positives'))[0]).toMatch(/ 40$/);
    expect((await scrape('lower')).find((line) => line.includes('\"precision\"'))).toMatch(/ 0\.598/);
    expect((await scrape('upper')).find((line) => line.includes('\"precision\"'))).toMatch(/ 0\.858/);
    expect(await scrape('gate')).toEqual([
      'model_quality_gate{model="fraud",version="1",metric="average_precision"} 0.45',
    ]);
    expect(await scrape('labelHorizon')).toEqual([
      'model_quality_label_horizon_seconds{model="fraud"} 604800',
    ]);
    expect(await scrape('labels')).toEqual([
      'model_quality_labels_total{model="fraud",source="chargeback",outcome="joined"} 140',
    ]);
  });

  it('shows delays as a cumulative histogram', async () => {
    await serve(9, { hits: 1, misses: 0, falseAlarms: 0, quiet: 0 });
    await serve(2.5, { hits: 2, misses: 0, falseAlarms: 0, quiet: 0 });
    const { exporter, scrape } = start();
    await exporter.cycle();
    const lines = await scrape('labelDelay');
    const value = (of: string) => lines.find((line) => line.includes(of))?.split(' ')[1];
    expect([value('le="172800"'), value('le="345600"'), value('le="691200"'), value('le="864000"')]).toEqual([
      '0',
      '2',
      '2',
      '3',
    ]);
    expect([value('le="+Inf"'), value('_count')]).toEqual(['3', '3']);
    expect(Number(value('_sum'))).toBeCloseTo(14 * 86_400, -2);
  });

  it('estimates without labels from the newest days', async () => {
    await database.predict(
      ...Array.from({ length: 40 }, (_, index) => ({
        id: `p${index}`,
        age: 2,
        score: index < 20 ? 0.75 : 0.25,
      })),
    );
    const { exporter, scrape } = start();
    await exporter.cycle();
    expect(await scrape('estimate')).toEqual([]);
    expect((await scrape('expected')).filter((line) => line.includes('"7d"'))).toEqual(
      expect.arrayContaining([
        'model_quality_label_free_estimate{model="fraud",version="1",window="7d",metric="precision"} 0.75',
        'model_quality_label_free_estimate{model="fraud",version="1",window="7d",metric="recall"} 0.75',
      ]),
    );
  });

  it('shows no figure, instead of zero, without enough evidence', async () => {
    await serve(9, { hits: 9, misses: 0, falseAlarms: 0, quiet: 50 });
    const { exporter, scrape } = start();
    await exporter.cycle();
    expect(await scrape('estimate')).toEqual([]);
    expect((await scrape('positives'))[0]).toMatch(/ 9$/);
    expect(exporter.shown.report?.quality[0]?.measures.recall).toEqual({
      state: 'not enough evidence',
      reason: '9 positives of at least 10',
    });
  });

  it('shows nothing before its first cycle', async () => {
    const { scrape } = start();
    expect(await scrape('labels')).toEqual([]);
    expect(await scrape('lastSuccess')).toEqual([]);
  });

  it('keeps the last figures and their age while the database is unreachable, and logs it once', async () => {
    await serve(9, { hits: 30, misses: 10, falseAlarms: 10, quiet: 50 });
    const { exporter, scrape, told, goDown, goUp } = start();
    await exporter.cycle();
    const before = [await scrape('estimate'), await scrape('lastSuccess')];
    goDown();
    await exporter.cycle();
    await exporter.cycle();
    expect([await scrape('estimate'), await scrape('lastSuccess')]).toEqual(before);
    goUp();
    await exporter.cycle();
    expect(told).toEqual([
      'quality figures cannot be computed: the database does not do its part',
      'quality figures are computed again',
    ]);
    expect(await scrape('lastSuccess')).not.toEqual(before[1]);
  });

  it('gives twenty label sources a series each, and all others one', async () => {
    const { exporter, scrape } = start();
    await database.label(
      ...Array.from({ length: 25 }, (_, index) => ({ id: 'x', label: true, source: `s${100 + index}` })),
    );
    await exporter.cycle();
    const lines = await scrape('labels');
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('model_quality_labels_total{model="fraud",source="other",outcome="unknown"} 5');
  });
});
