import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type AnnotationQuery,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { ROLLOUT_METRIC } from '../../contracts/metrics';
import { maxBy } from '../queries/promql';
import { VARIABLE, WINDOWS } from '../queries/variables';
import { DATASOURCE, panel, type PanelSpec } from './panel';

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  /** Also its file name. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** @default now-6h */
  readonly from?: string;
  readonly variables?: readonly (keyof typeof VARIABLE | 'window')[];
  readonly rows: readonly RowSpec[];
}

const TAG = 'mlops';

/** The dashboard as classic JSON. Read-only, as its source is code. */
export function render(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .timezone('browser')
    .time({ from: spec.from ?? 'now-6h', to: 'now' })
    .refresh('30s')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Dashboards')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    )
    .annotation(versionChanges());
  for (const name of spec.variables ?? []) builder.withVariable(variable(name));
  for (const { title, panels } of spec.rows) {
    builder.withRow(new RowBuilder(title));
    for (const each of panels) builder.withPanel(panel(each));
  }
  const built = builder.build();
  // The SDK gives every row the id 0 and panels none.
  const panels = (built.panels ?? []).map((each, index) => ({ ...each, id: index + 1 }));
  return { ...built, panels };
}

function variable(name: keyof typeof VARIABLE | 'window') {
  if (name === 'window')
    return new CustomVariableBuilder('window')
      .label('Window')
      .values(WINDOWS.join(','))
      .current({ text: WINDOWS[0], value: WINDOWS[0] });
  const { label, query } = VARIABLE[name];
  const all = name !== 'model';
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(all)
    .includeAll(all);
  return all ? builder.current({ text: 'All', value: '$__all' }) : builder;
}

/** Marks changes of the serving version at their own time, however far apart the samples are. */
function versionChanges(): Builder<AnnotationQuery> {
  const { lastChange } = ROLLOUT_METRIC;
  const query = new AnnotationQueryBuilder()
    .name('Versions')
    .datasource(DATASOURCE)
    .enable(true)
    .iconColor('blue')
    .expr(`${maxBy(lastChange.labels, lastChange.name)} * 1000`);
  // Options of the data source, which the builder does not know.
  const options = {
    useValueForTime: true,
    titleFormat: '{{model}} v{{version}}',
    textFormat: '{{action}}, reason: {{reason}}',
  };
  return { build: () => ({ ...query.build(), ...options }) };
}
