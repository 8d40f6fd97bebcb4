import { type DataFrame, type Field, FieldType, renderLegendFormat } from '@grafana/data';
import type { Target } from '../dashboard-json';
import { number, point, type Series } from './api';

export interface Answer {
  data: { resultType: string; result: any };
  target: Target;
  /** The query as sent. */
  expr: string;
  /** Milliseconds between samples; undefined for an instant query. */
  stepMs: number | undefined;
  /** Whether the panel has other queries, so that columns need distinct names. */
  many: boolean;
}

interface Row {
  metric: Record<string, string>;
  values: [number, string][];
}

/** Prometheus's answer as Grafana data frames. */
export function toFrames(answer: Answer): DataFrame[] {
  const { data, target } = answer;
  const series: Series[] =
    data.resultType === 'scalar' ? [{ metric: {}, value: data.result }] : (data.result as Series[]);
  const rows = series.map(({ metric, values, value }) => ({ metric, values: values ?? [value!] }));
  if (rows.length === 0) return [];
  if (target.format === 'table') return [tableFrame(rows, answer)];
  if (target.format === 'heatmap') return [heatmapFrame(rows, answer)];
  return rows.map((row) => seriesFrame(row, answer));
}

function seriesFrame({ metric, values }: Row, { target, expr, stepMs }: Answer): DataFrame {
  const { __name__, ...labels } = metric;
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const automatic = (__name__ ?? '') + (pairs.length ? `{${pairs.join(', ')}}` : '') || expr;
  const named = target.legendFormat && target.legendFormat !== '__auto';
  const name = named ? renderLegendFormat(target.legendFormat!, metric) : automatic;
  return {
    refId: target.refId,
    name,
    length: values.length,
    meta: { executedQueryString: expr },
    fields: [
      time(
        values.map(([at]) => at * 1000),
        stepMs,
      ),
      {
        name: 'Value',
        type: FieldType.number,
        labels,
        config: { displayNameFromDS: name },
        values: values.map(([, value]) => point(value)),
      },
    ],
  };
}

function tableFrame(rows: Row[], { target, expr, many }: Answer): DataFrame {
  const labels = [...new Set(rows.flatMap(({ metric }) => Object.keys(metric)))].sort();
  const flat = rows.flatMap(({ metric, values }) => values.map(([at, value]) => ({ metric, at, value })));
  return {
    refId: target.refId,
    length: flat.length,
    meta: { executedQueryString: expr },
    fields: [
      time(flat.map(({ at }) => at * 1000)),
      ...labels.map((name) => ({
        name,
        type: FieldType.string,
        config: { filterable: true },
        values: flat.map(({ metric }) => metric[name] ?? ''),
      })),
      {
        name: many ? `Value #${target.refId}` : 'Value',
        type: FieldType.number,
        config: {},
        values: flat.map(({ value }) => number(value)),
      },
    ],
  };
}

/** One column per bucket, from Prometheus's cumulative counts. */
function heatmapFrame(rows: Row[], { target, expr, stepMs }: Answer): DataFrame {
  const sorted = rows
    .filter(({ metric }) => metric.le)
    .sort((a, b) => number(a.metric.le) - number(b.metric.le));
  const times = [...new Set(sorted.flatMap(({ values }) => values.map(([at]) => at * 1000)))].sort(
    (a, b) => a - b,
  );
  const cumulative = sorted.map(({ values }) => {
    const byTime = new Map(values.map(([at, value]) => [at * 1000, number(value)]));
    return times.map((at) => byTime.get(at) ?? 0);
  });
  return {
    refId: target.refId,
    length: times.length,
    meta: { executedQueryString: expr, type: 'heatmap-rows' as any },
    fields: [
      time(times, stepMs),
      ...sorted.map(({ metric }, row) => ({
        name: metric.le,
        type: FieldType.number,
        config: {},
        labels: metric,
        values: times.map((_, i) => Math.max(0, cumulative[row][i] - (row > 0 ? cumulative[row - 1][i] : 0))),
      })),
    ],
  };
}

/** Without the interval, lines would bridge gaps in the data. */
function time(values: number[], interval?: number): Field {
  return { name: 'Time', type: FieldType.time, config: interval === undefined ? {} : { interval }, values };
}
