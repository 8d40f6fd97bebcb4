import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import { METRICS, seriesNames } from '../../../contracts/metrics';
import { ROOT } from '../../../contracts/repository';
import { dashboards, renderDashboards } from '../../../monitoring/dashboards/index';
import { RECORDED } from '../../../monitoring/queries/recorded';
import { metricNames } from '../../../monitoring/queries/metric-names';

const golden = join(ROOT, 'monitoring/dashboards/golden');
const known = new Set([...METRICS.flatMap(seriesNames), ...Object.values(RECORDED)]);
const panels = dashboards.flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.panels.map((panel) => ({ name: `${title}: ${panel.title}`, panel }))),
);

describe('the dashboards', () => {
  it('are the five documented ones', () => {
    expect(dashboards.map(({ title }) => title)).toEqual([
      'Platform',
      'Serving',
      'Model quality',
      'Drift',
      'Life cycle',
    ]);
  });

  it('match the committed golden files; after a change run: npx tsx monitoring/dashboards/write.ts', () => {
    const committed = new Map(
      readdirSync(golden).map((file) => [file, readFileSync(join(golden, file), 'utf8')]),
    );
    expect(committed).toEqual(
      new Map(
        [...renderDashboards()]
          .map(([uid, text]): [string, string] => [`${uid}.json`, text])
          .sort(([a], [b]) => a.localeCompare(b)),
      ),
    );
  });

  it.each([...renderDashboards()])('%s has one id per panel and one data source', (_uid, text) => {
    const { panels: all, editable } = JSON.parse(text) as {
      panels: { id: number; type: string; datasource?: { uid: string } }[];
      editable: boolean;
    };
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(editable).toBe(false);
    expect(
      new Set(all.filter(({ type }) => type !== 'row').map(({ datasource }) => datasource?.uid)),
    ).toEqual(new Set(['prometheus']));
  });
});

describe.each(panels)('$name', ({ panel }) => {
  it('has a unit and a description', () => {
    expect(panel.unit).not.toBe('');
    expect(panel.description.length).toBeGreaterThan(20);
  });

  it('reads only contracted metrics', () => {
    for (const { expr } of panel.queries)
      for (const name of metricNames(expr)) expect([...known]).toContain(name);
  });
});
