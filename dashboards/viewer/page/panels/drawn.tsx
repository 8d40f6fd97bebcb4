import type { DashboardCursorSync, GrafanaTheme2, TimeRange } from '@grafana/data';
import { AxisPlacement, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import {
  UPlotChart,
  UPlotConfigBuilder,
  VizLayout,
  VizTooltip,
  VizTooltipContent,
  VizTooltipHeader,
  VizTooltipWrapper,
} from '@grafana/ui';
import { type ReactElement, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type uPlot from 'uplot';
import type { PanelProps } from './panel-props';

export interface Hit {
  head: string;
  items: { label: string; value: string; color?: string }[];
}

interface Props {
  make: () => UPlotConfigBuilder;
  data: any;
  width: number;
  height: number;
  legend?: ReactElement<any> | null;
  /** What is under the pointer. */
  hit: (plot: uPlot, left: number, top: number) => Hit | null;
}

/** A uPlot chart with its own drawing and tooltip, for kinds that @grafana/ui has no component for. */
export function Drawn({ make, data, width, height, legend, hit }: Props) {
  const config = useMemo(make, [make]);
  const [tip, setTip] = useState<(Hit & { x: number; y: number }) | null>(null);
  const latest = useRef(hit);
  latest.current = hit;
  useLayoutEffect(() => {
    config.addHook('setCursor', (u) => {
      const { left = -1, top = -1, event } = u.cursor;
      const found = left < 0 || !event ? null : latest.current(u, left, top);
      const box = u.over.getBoundingClientRect();
      setTip(found && { ...found, x: box.left + left, y: box.top + top });
    });
  }, [config]);
  return (
    <VizLayout width={width} height={height} legend={legend ?? null}>
      {(innerWidth: number, innerHeight: number) => (
        <UPlotChart config={config} data={data} width={innerWidth} height={innerHeight}>
          {tip && (
            <VizTooltip
              position={{ x: tip.x, y: tip.y }}
              offset={{ x: 12, y: 12 }}
              content={
                <VizTooltipWrapper>
                  <VizTooltipHeader isPinned={false} item={{ label: '', value: tip.head }} />
                  <VizTooltipContent isPinned={false} items={tip.items} />
                </VizTooltipWrapper>
              }
            />
          )}
        </UPlotChart>
      )}
    </VizLayout>
  );
}

export function addTimeAxis(
  config: UPlotConfigBuilder,
  {
    range,
    timeZone,
    theme,
    sync,
    onZoom,
  }: Pick<PanelProps, 'range' | 'sync' | 'onZoom'> & {
    range: TimeRange;
    timeZone: string;
    theme: GrafanaTheme2;
    sync: DashboardCursorSync;
  },
): void {
  config.addScale({
    scaleKey: 'x',
    isTime: true,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    range: () => [range.from.valueOf(), range.to.valueOf()],
  });
  config.addAxis({
    scaleKey: 'x',
    isTime: true,
    placement: AxisPlacement.Bottom,
    timeZone,
    theme,
    grid: { show: false },
  });
  config.setCursor({
    points: { show: false },
    drag: { x: true, y: false, setScale: false },
    ...(sync === 0 ? {} : { sync: { key: 'dashboard', scales: ['x', null] as any } }),
  });
  config.addHook('setSelect', (u) => {
    const { left, width } = u.select;
    if (width < 5 || !u.cursor.event) return;
    onZoom(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  });
}

/**
 * A vertical axis of names.
 * @param between whether names are at the upper edge of their row instead of its middle
 */
export function addNamesAxis(
  config: UPlotConfigBuilder,
  names: string[],
  theme: GrafanaTheme2,
  between: boolean,
): void {
  const offset = between ? 1 : 0.5;
  const every = (u: uPlot) =>
    Math.max(1, Math.ceil((names.length * 16) / (u.bbox.height / devicePixelRatio)));
  config.addScale({
    scaleKey: 'y',
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Up,
    range: () => [0, names.length],
  });
  config.addAxis({
    scaleKey: 'y',
    placement: AxisPlacement.Left,
    theme,
    grid: { show: false },
    ticks: { show: false },
    splits: (u) => names.map((_, i) => i + offset).filter((_, i) => i % every(u) === 0),
    values: (_u, splits) => splits.map((split) => names[Math.round(split - offset)] ?? ''),
  });
  config.addSeries(unseen('y', theme));
}

/** uPlot needs a series for a scale; a hook does the drawing. */
export function unseen(scaleKey: string, theme: GrafanaTheme2): any {
  return { scaleKey, theme, pathBuilder: () => null, pointsBuilder: () => undefined, show: true };
}

/** Clips a drawing to the plot area. */
export function clipped(u: uPlot, draw: () => void): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
