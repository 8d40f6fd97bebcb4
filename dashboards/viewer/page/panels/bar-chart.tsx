import {
  type DataFrame,
  type Field,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  getFieldSeriesColor,
  type GrafanaTheme2,
} from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleDistribution, ScaleOrientation } from '@grafana/schema';
import { PlotLegend, UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import type uPlot from 'uplot';
import type { Options } from '../dashboard-json';
import { Drawn, unseen } from './drawn';
import { LEGEND, type PanelProps } from './panel-props';

interface Bars {
  names: string[];
  numbers: Field[];
  /** The visible ones of `numbers`. */
  shown: Field[];
  stacked: boolean;
  percent: boolean;
  horizontal: boolean;
  low: number;
  high: number;
  valueOf: (field: Field, index: number) => number;
}

export function BarChartPanel({ panel, frames, width, height, scope }: PanelProps) {
  const theme = useTheme2();
  const options = panel.options ?? {};
  const [frame] = frames;
  const bars = barsOf(frames, options);
  const make = useMemo(() => () => configOf(bars, frame, options, theme, scope.timeZone), [frames, theme]);
  const config = useMemo(make, [make]);
  const data = useMemo(
    () => [bars.names.map((_, i) => i), ...bars.numbers.map(({ values }) => values)],
    [frames],
  );
  const legend =
    options.legend?.showLegend === false ? null : (
      <PlotLegend data={[frame]} config={config} {...LEGEND} {...options.legend} />
    );
  return (
    <Drawn
      make={make}
      data={data}
      width={width}
      height={height}
      legend={legend}
      hit={(u, left, top) => {
        const index = Math.floor(u.posToVal(bars.horizontal ? top : left, 'x'));
        if (index < 0 || index >= bars.names.length) return null;
        return {
          head: bars.names[index],
          items: bars.shown.map((field) => ({
            label: getFieldDisplayName(field, frame, frames),
            value: textOf(field, field.values[index]),
            color: getFieldSeriesColor(field, theme).color,
          })),
        };
      }}
    />
  );
}

const textOf = (field: Field, value: unknown) =>
  field.display ? formattedValueToString(field.display(value)) : String(value);

function barsOf(frames: DataFrame[], options: Options): Bars {
  const [frame] = frames;
  const wanted = (field: Field) =>
    options.xField
      ? getFieldDisplayName(field, frame, frames) === options.xField || field.name === options.xField
      : field.type === FieldType.string;
  const category = frame.fields.find(wanted) ?? frame.fields.find(({ type }) => type === FieldType.time);
  const numbers = frame.fields.filter((field) => field.type === FieldType.number && field !== category);
  if (!category || numbers.length === 0)
    throw new Error('A bar chart needs a field of text or time, and a field of numbers');
  // The name field takes no color.
  numbers.forEach((field, seriesIndex) => {
    field.state = { ...field.state, seriesIndex };
  });
  const shown = numbers.filter(({ config }) => !config.custom?.hideFrom?.viz);
  const names = category.values.map((value: unknown) => textOf(category, value));
  const stacked = Boolean(options.stacking) && options.stacking !== 'none';
  const percent = options.stacking === 'percent';
  const totals = names.map((_, i) => shown.reduce((sum, { values }) => sum + Math.max(0, values[i] ?? 0), 0));
  const valueOf = ({ values }: Field, i: number): number =>
    percent ? (values[i] ?? 0) / (totals[i] || 1) : (values[i] ?? 0);
  const singles = shown.flatMap((field) => names.map((_, i) => valueOf(field, i)));
  const high = percent ? 1 : Math.max(0, ...(stacked ? totals : singles)) * 1.1;
  const { min, max } = shown[0]?.config ?? {};
  return {
    names,
    numbers,
    shown,
    stacked,
    percent,
    horizontal: options.orientation === 'horizontal',
    low: min ?? (stacked ? 0 : Math.min(0, ...singles)),
    high: (max ?? high) || 1,
    valueOf,
  };
}

function configOf(bars: Bars, frame: DataFrame, options: Options, theme: GrafanaTheme2, timeZone: string) {
  const { names, numbers, shown, horizontal, percent, low, high } = bars;
  const config = new UPlotConfigBuilder(timeZone);
  config.addScale({
    scaleKey: 'x',
    orientation: horizontal ? ScaleOrientation.Vertical : ScaleOrientation.Horizontal,
    direction: horizontal ? ScaleDirection.Down : ScaleDirection.Right,
    distribution: ScaleDistribution.Linear,
    range: () => [0, names.length],
  });
  config.addScale({
    scaleKey: 'v',
    orientation: horizontal ? ScaleOrientation.Horizontal : ScaleOrientation.Vertical,
    direction: horizontal ? ScaleDirection.Right : ScaleDirection.Up,
    range: () => [low, high],
  });
  config.addAxis({
    scaleKey: 'x',
    placement: horizontal ? AxisPlacement.Left : AxisPlacement.Bottom,
    theme,
    grid: { show: false },
    ticks: { show: false },
    tickLabelRotation: options.xTickLabelRotation ? -options.xTickLabelRotation : undefined,
    splits: () => names.map((_, i) => i + 0.5),
    values: () => names,
  });
  config.addAxis({
    scaleKey: 'v',
    placement: horizontal ? AxisPlacement.Bottom : AxisPlacement.Left,
    theme,
    formatValue: (value, decimals) => {
      if (percent) return `${Math.round(value * 100)}%`;
      const display = shown[0]?.display;
      return display ? formattedValueToString(display(value, decimals)) : String(value);
    },
  });
  for (const field of numbers) {
    config.addSeries({
      ...unseen('v', theme),
      show: !field.config.custom?.hideFrom?.viz,
      dataFrameFieldIndex: { frameIndex: 0, fieldIndex: frame.fields.indexOf(field) },
    });
  }
  config.setCursor({ points: { show: false }, drag: { x: false, y: false } });
  config.addHook('draw', (u) => {
    u.ctx.save();
    u.ctx.font = `${12 * devicePixelRatio}px ${theme.typography.fontFamily}`;
    names.forEach((_, index) => drawGroup(u, bars, index, options, theme));
    u.ctx.restore();
  });
  return config;
}

function drawGroup(u: uPlot, bars: Bars, index: number, options: Options, theme: GrafanaTheme2): void {
  const { shown, stacked, horizontal, valueOf } = bars;
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const groupWidth = options.groupWidth ?? 0.7;
  const barWidth = groupWidth / (stacked ? 1 : shown.length);
  const gap = (barWidth * (1 - (options.barWidth ?? 0.97))) / 2;
  let sum = 0;
  shown.forEach((field, position) => {
    const value = valueOf(field, index);
    const start = index + (1 - groupWidth) / 2 + (stacked ? 0 : position * barWidth);
    const across = [u.valToPos(start + gap, 'x', true), u.valToPos(start + barWidth - gap, 'x', true)];
    const along = [u.valToPos(sum, 'v', true), u.valToPos(sum + value, 'v', true)];
    if (stacked) sum += value;
    const [xs, ys] = horizontal ? [along, across] : [across, along];
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    const [w, h] = [Math.abs(xs[1] - xs[0]), Math.abs(ys[1] - ys[0])];
    const byThreshold = field.config.color?.mode === 'thresholds';
    const color = byThreshold
      ? field.display!(field.values[index]).color!
      : getFieldSeriesColor(field, theme).color;
    ctx.globalAlpha = (field.config.custom?.fillOpacity ?? 80) / 100;
    ctx.fillStyle = color;
    ctx.fillRect(x, y, w, h);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = color;
    ctx.lineWidth = (field.config.custom?.lineWidth ?? 1) * ratio;
    ctx.strokeRect(x, y, w, h);

    const text = textOf(field, field.values[index]);
    const textWidth = ctx.measureText(text).width;
    const high = h > 14 * ratio;
    const fits = horizontal ? high && (!stacked || textWidth < w) : textWidth < w && (!stacked || high);
    if (value === 0 || options.showValue === 'never' || (options.showValue !== 'always' && !fits)) return;
    const beside = horizontal && !stacked;
    const middle = stacked || horizontal;
    ctx.fillStyle = stacked
      ? theme.colors.getContrastText(color, theme.colors.contrastThreshold)
      : theme.colors.text.primary;
    ctx.textAlign = beside ? 'left' : 'center';
    ctx.textBaseline = middle ? 'middle' : 'bottom';
    ctx.fillText(text, beside ? x + w + 4 * ratio : x + w / 2, middle ? y + h / 2 : y - 3 * ratio);
  });
}
