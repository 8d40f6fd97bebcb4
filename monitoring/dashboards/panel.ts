import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  GraphThresholdsStyleMode,
  StackingMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { PromQL } from '../queries/promql';

/** Every provisioned Prometheus data source must use this uid. */
export const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const;

/** Grafana's names of units. */
export type PanelUnit =
  'none' | 'short' | 's' | 'bytes' | 'percentunit' | 'percent' | 'reqps' | 'rps' | 'dateTimeAsIso';

export interface Query {
  readonly expr: PromQL;
  /** Legend with {{labels}}. */
  readonly legend?: string;
}

/** Values from this level on have this color; below the first they are green. */
export interface Level {
  readonly at: number;
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue';
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

export interface PanelSpec {
  readonly kind: 'lines' | 'bars' | 'stat' | 'table' | 'heatmap' | 'states' | 'gauges';
  readonly title: string;
  /** What it shows and what a bad value means. */
  readonly description: string;
  readonly unit: PanelUnit;
  readonly queries: readonly Query[];
  readonly levels?: readonly Level[];
  /** Names of values, such as states. */
  readonly names?: Readonly<Record<number, { readonly text: string; readonly color: string }>>;
  readonly links?: readonly Link[];
  readonly min?: number;
  readonly max?: number;
  /** Columns of 24. @default 8 */
  readonly width?: number;
  /** @default 8 */
  readonly height?: number;
  readonly stacked?: boolean;
  readonly repeat?: string;
  /** Shown if there is no data. @default 'no data' */
  readonly noValue?: string;
}

type PanelBuilder = Builder<dashboard.Panel>;

/** A panel as Grafana reads it. */
export function panel(spec: PanelSpec): PanelBuilder {
  const { kind } = spec;
  if (kind === 'stat')
    return common_(
      new stat.PanelBuilder().colorMode(common.BigValueColorMode.Value).reduceOptions(lastValue()),
      spec,
    );
  if (kind === 'gauges')
    return common_(
      new bargauge.PanelBuilder()
        .reduceOptions(lastValue())
        .orientation(VizOrientation.Horizontal)
        .displayMode(common.BarGaugeDisplayMode.Basic),
      spec,
    );
  if (kind === 'table') return common_(new table.PanelBuilder(), spec);
  if (kind === 'states')
    return common_(new statetimeline.PanelBuilder().showValue(VisibilityMode.Never), spec);
  if (kind === 'heatmap')
    return common_(
      new heatmap.PanelBuilder().calculate(false).yAxis(new heatmap.YAxisConfigBuilder().unit(spec.unit)),
      spec,
    );
  const lines = new timeseries.PanelBuilder()
    .drawStyle(kind === 'bars' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(kind === 'bars' ? 60 : 8)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        spec.levels === undefined ? GraphThresholdsStyleMode.Off : GraphThresholdsStyleMode.Dashed,
      ),
    );
  if (spec.stacked === true) lines.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal));
  return common_(lines, spec);
}

/** What all panel builders of the SDK share. */
interface CommonBuilder extends PanelBuilder {
  title(title: string): this;
  description(text: string): this;
  datasource(ref: dashboard.DataSourceRef): this;
  span(width: number): this;
  height(height: number): this;
  unit(unit: string): this;
  min(value: number): this;
  max(value: number): this;
  noValue(text: string): this;
  mappings(mappings: dashboard.ValueMapping[]): this;
  links(links: Builder<dashboard.DashboardLink>[]): this;
  thresholds(thresholds: Builder<dashboard.ThresholdsConfig>): this;
  repeat(variable: string): this;
  withTarget(target: Builder<object>): this;
}

function common_(builder: unknown, spec: PanelSpec): PanelBuilder {
  const built = builder as CommonBuilder;
  built
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .span(spec.width ?? 8)
    .height(spec.height ?? 8)
    .unit(spec.unit)
    .noValue(spec.noValue ?? 'no data')
    .thresholds(thresholds(spec.levels ?? []));
  if (spec.min !== undefined) built.min(spec.min);
  if (spec.max !== undefined) built.max(spec.max);
  if (spec.repeat !== undefined) built.repeat(spec.repeat);
  if (spec.names !== undefined) built.mappings([mapping(spec.names)]);
  built.links(
    (spec.links ?? []).map(({ title, url }) =>
      new dashboard.DashboardLinkBuilder(title).url(url).targetBlank(true),
    ),
  );
  spec.queries.forEach((query, index) => built.withTarget(target(query, index, spec)));
  return built;
}

const lastValue = () => new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']);

function target({ expr, legend = '' }: Query, index: number, { kind }: PanelSpec): Builder<object> {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index))
    .datasource(DATASOURCE);
  if (kind === 'table') return query.instant().format(prometheus.PromQueryFormat.Table);
  if (kind === 'stat' || kind === 'gauges') return query.instant();
  if (kind === 'heatmap') return query.range().format(prometheus.PromQueryFormat.Heatmap);
  return query.range();
}

function thresholds(levels: readonly Level[]): Builder<dashboard.ThresholdsConfig> {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...levels.map(({ at, color }) => ({ value: at, color }))]);
}

function mapping(names: NonNullable<PanelSpec['names']>): dashboard.ValueMapping {
  const options = Object.fromEntries(
    Object.entries(names).map(([value, { text, color }], index) => [value, { text, color, index }]),
  );
  return { type: dashboard.MappingType.ValueToText, options };
}
