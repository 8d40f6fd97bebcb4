import { type DataFrame, FieldType, formattedValueToString, getFieldDisplayName } from '@grafana/data';
import { LegendDisplayMode } from '@grafana/schema';
import { UPlotConfigBuilder, useTheme2, VizLayout, VizLegend, type VizLegendItem } from '@grafana/ui';
import { useMemo } from 'react';
import type uPlot from 'uplot';
import type { Options } from '../dashboard-json';
import { addNamesAxis, addTimeAxis, clipped, Drawn } from './drawn';
import { type PanelProps, timeText } from './panel-props';

interface Segment {
  from: number;
  to: number;
  text: string;
  color: string;
}

interface Row {
  name: string;
  segments: Segment[];
  alpha: number;
}

/** State timeline and status history: one row per series, colored by value. */
export function TimelinePanel(props: PanelProps) {
  const { panel, frames, width, height, range, scope, sync, onZoom } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const cells = panel.type === 'status-history';
  const rows = useMemo(
    () => rowsOf(frames, range.to.valueOf(), cells, options.mergeValues !== false),
    [frames, theme],
  );
  const make = useMemo(
    () => () => {
      const config = new UPlotConfigBuilder(scope.timeZone);
      addTimeAxis(config, { range, timeZone: scope.timeZone, theme, sync, onZoom });
      addNamesAxis(
        config,
        rows.map(({ name }) => name),
        theme,
        false,
      );
      config.addHook('draw', (u) => {
        clipped(u, () => {
          u.ctx.font = `${12 * devicePixelRatio}px ${theme.typography.fontFamily}`;
          u.ctx.textBaseline = 'middle';
          u.ctx.textAlign = 'center';
          rows.forEach((row, index) => {
            for (const segment of row.segments)
              drawSegment(u, index, row.alpha, segment, cells, options, (color) =>
                theme.colors.getContrastText(color, theme.colors.contrastThreshold),
              );
          });
        });
      });
      return config;
    },
    [rows, range, theme],
  );
  return (
    <Drawn
      make={make}
      data={[
        [range.from.valueOf(), range.to.valueOf()],
        [null, null],
      ]}
      width={width}
      height={height}
      legend={legendOf(rows, options)}
      hit={(u, left, top) => {
        const at = u.posToVal(left, 'x');
        const row = rows[Math.floor(u.posToVal(top, 'y'))] as Row | undefined;
        const found = row?.segments.find(({ from, to }) => from <= at && at < to);
        if (!row || !found) return null;
        return {
          head: `${timeText(found.from, scope.timeZone)} – ${timeText(found.to, scope.timeZone)}`,
          items: [{ label: row.name, value: found.text, color: found.color }],
        };
      }}
    />
  );
}

function rowsOf(frames: DataFrame[], end: number, cells: boolean, merge: boolean): Row[] {
  const rows = frames.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    if (!time) return [];
    const times = time.values as number[];
    const step = (time.config.interval as number | undefined) ?? 60_000;
    return frame.fields
      .filter(({ type }) => type !== FieldType.time)
      .map((field) => {
        const segments: Segment[] = [];
        times.forEach((at, i) => {
          if (field.values[i] == null) return;
          const shown = field.display!(field.values[i]);
          const text = formattedValueToString(shown);
          const color = shown.color!;
          const last = segments[segments.length - 1] as Segment | undefined;
          const connected = i + 1 < times.length && times[i + 1] - at <= step * 1.5;
          const next = connected ? times[i + 1] : Math.min(at + step, end);
          if (cells) segments.push({ from: at - step / 2, to: at + step / 2, text, color });
          else if (last && merge && last.text === text && last.to === at) last.to = next;
          else segments.push({ from: at, to: next, text, color });
        });
        const alpha = ((field.config.custom?.fillOpacity as number | undefined) ?? 70) / 100;
        return { name: getFieldDisplayName(field, frame, frames), segments, alpha };
      });
  });
  return rows.reverse();
}

function drawSegment(
  u: uPlot,
  row: number,
  alpha: number,
  { from, to, text, color }: Segment,
  cells: boolean,
  options: Options,
  contrast: (color: string) => string,
): void {
  const { ctx, bbox } = u;
  const band = u.valToPos(row, 'y', true) - u.valToPos(row + 1, 'y', true);
  const height = band * (options.rowHeight ?? 0.9);
  const top = u.valToPos(row + 1, 'y', true) + (band - height) / 2;
  let left = u.valToPos(from, 'x', true);
  let right = u.valToPos(to, 'x', true);
  if (cells) {
    const gap = ((right - left) * (1 - (options.colWidth ?? 0.9))) / 2;
    left += gap;
    right -= gap;
  }
  ctx.globalAlpha = alpha;
  ctx.fillStyle = color;
  ctx.fillRect(left, top, right - left, height);
  ctx.globalAlpha = 1;
  const seenLeft = Math.max(left, bbox.left);
  const seenRight = Math.min(right, bbox.left + bbox.width);
  const fits = ctx.measureText(text).width + 8 * devicePixelRatio < seenRight - seenLeft;
  if (options.showValue === 'never' || height <= 12 * devicePixelRatio) return;
  if (options.showValue !== 'always' && !fits) return;
  ctx.fillStyle = contrast(color);
  ctx.fillText(text, (seenLeft + seenRight) / 2, top + height / 2);
}

function legendOf(rows: Row[], options: Options) {
  if (options.legend?.showLegend === false) return null;
  const colors = new Map(rows.flatMap(({ segments }) => segments).map(({ text, color }) => [text, color]));
  const items: VizLegendItem[] = [...colors].map(([label, color]) => ({ label, color, yAxis: 1 }));
  const placement = options.legend?.placement ?? 'bottom';
  return (
    <VizLayout.Legend placement={placement}>
      <VizLegend items={items} placement={placement} displayMode={LegendDisplayMode.List} readonly />
    </VizLayout.Legend>
  );
}
