import { formattedValueToString, getValueFormat, type GrafanaTheme2 } from '@grafana/data';
import { UPlotConfigBuilder, useTheme2, VizLayout } from '@grafana/ui';
import * as chromatic from 'd3-scale-chromatic';
import { useMemo } from 'react';
import type { Options } from '../dashboard-json';
import { addNamesAxis, addTimeAxis, clipped, Drawn } from './drawn';
import { type PanelProps, timeText } from './panel-props';

const short = getValueFormat('short');

/** Buckets of a histogram over time, one row each. */
export function HeatmapPanel({ panel, frames, width, height, range, scope, sync, onZoom }: PanelProps) {
  const theme = useTheme2();
  const options = panel.options ?? {};
  const [time, ...buckets] = frames[0].fields;
  const times = time.values as number[];
  const step =
    (time.config.interval as number | undefined) ?? (times.length > 1 ? times[1] - times[0] : 60_000);
  const unit = getValueFormat(options.yAxis?.unit ?? panel.fieldConfig?.defaults.unit ?? 'short');
  const names = buckets.map(({ name }) =>
    Number.isFinite(Number(name))
      ? formattedValueToString(unit(Number(name), options.yAxis?.decimals))
      : name,
  );
  const hideBelow = options.filterValues?.le ?? 1e-9;
  const min = options.color?.min ?? 0;
  const max =
    options.color?.max ||
    buckets.reduce((most, { values }) => values.reduce((a, b) => Math.max(a, b), most), 0);
  const color = colorScale(options.color ?? {}, min, max, theme);
  const make = useMemo(
    () => () => {
      const config = new UPlotConfigBuilder(scope.timeZone);
      addTimeAxis(config, { range, timeZone: scope.timeZone, theme, sync, onZoom });
      addNamesAxis(config, names, theme, true);
      config.addHook('draw', (u) => {
        const gap = (options.cellGap ?? 1) * devicePixelRatio;
        clipped(u, () => {
          buckets.forEach(({ values }, row) => {
            const bottom = u.valToPos(row, 'y', true);
            const top = u.valToPos(row + 1, 'y', true);
            times.forEach((at, i) => {
              if (values[i] == null || values[i] <= hideBelow) return;
              const left = u.valToPos(at - step, 'x', true);
              const right = u.valToPos(at, 'x', true);
              u.ctx.fillStyle = color(values[i]);
              u.ctx.fillRect(
                left + gap,
                top + gap,
                Math.max(1, right - left - gap),
                Math.max(1, bottom - top - gap),
              );
            });
          });
        });
      });
      return config;
    },
    [frames, theme, range],
  );
  const shades = Array.from({ length: 12 }, (_, i) => color(min + ((max - min) * i) / 11)).join(',');
  const legend =
    options.legend?.show === false ? null : (
      <VizLayout.Legend placement="bottom">
        <div className="heatmap-scale">
          <span>{formattedValueToString(short(min))}</span>
          <i style={{ background: `linear-gradient(to right, ${shades})` }} />
          <span>{formattedValueToString(short(max, 0))}</span>
        </div>
      </VizLayout.Legend>
    );
  return (
    <Drawn
      make={make}
      data={[times, times.map(() => null)]}
      width={width}
      height={height}
      legend={legend}
      hit={(u, left, top) => {
        const x = u.posToVal(left, 'x');
        const row = Math.floor(u.posToVal(top, 'y'));
        const i = times.findIndex((at) => at >= x);
        if (i < 0 || !buckets[row] || x < times[i] - step) return null;
        const count = buckets[row].values[i];
        return {
          head: timeText(times[i], scope.timeZone),
          items: [
            { label: 'Bucket', value: `${row > 0 ? names[row - 1] : '0'} – ${names[row]}` },
            { label: 'Count', value: formattedValueToString(short(count, 1)), color: color(count) },
          ],
        };
      }}
    />
  );
}

function colorScale(options: Options, min: number, max: number, theme: GrafanaTheme2) {
  const scheme = (chromatic as Record<string, unknown>)[`interpolate${options.scheme ?? 'Oranges'}`];
  const interpolator = (scheme ?? chromatic.interpolateOranges) as (share: number) => string;
  // Grafana draws low values dark on a dark theme.
  const flip = Boolean(options.reverse) !== theme.isDark;
  const steps = (options.steps ?? 64) - 1;
  return (value: number): string => {
    const share = Math.max(0, Math.min(1, (value - min) / (max - min || 1)));
    if (options.mode === 'opacity') {
      const alpha = Math.round(255 * share ** (options.exponent ?? 0.5));
      const fill = theme.visualization.getColorByName(options.fill || 'dark-orange');
      return fill + alpha.toString(16).padStart(2, '0');
    }
    const stepped = Math.round(share * steps) / steps;
    return interpolator(flip ? 1 - stepped : stepped);
  };
}
