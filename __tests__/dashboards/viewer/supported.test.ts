import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PANEL_KINDS, TRANSFORMATIONS } from '../../../dashboards/viewer/page/supported';

interface Panel {
  readonly type: string;
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly transformations?: readonly { readonly id: string }[];
}

const folder = new URL('../../../monitoring/dashboards/golden/', import.meta.url);
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];

/** What a dashboard uses and the viewer does not know. */
function unknown({ panels }: { readonly panels: readonly Panel[] }): string[] {
  return panels.flatMap(({ type, title = '', transformations = [], panels: inside = [] }) => [
    ...(type === 'row' || (PANEL_KINDS as readonly string[]).includes(type)
      ? []
      : [`${title}: panel ${type}`]),
    ...transformations
      .filter(({ id }) => !(TRANSFORMATIONS as readonly string[]).includes(id))
      .map(({ id }) => `${title}: transformation ${id}`),
    ...unknown({ panels: inside }),
  ]);
}

describe('what dashboards use', () => {
  it.each(files)('%s can be shown by the viewer', (name) => {
    const dashboard = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { panels: Panel[] };
    expect(dashboard.panels.length).toBeGreaterThan(0);
    expect(unknown(dashboard)).toEqual([]);
  });

  it('is found in rows too', () => {
    const inside = { type: 'geomap', title: 'Map', transformations: [{ id: 'rowsToFields' }] };
    expect(unknown({ panels: [{ type: 'row', panels: [inside] }] })).toEqual([
      'Map: panel geomap',
      'Map: transformation rowsToFields',
    ]);
  });
});
