import { type AnnotationEvent, type GrafanaTheme2 } from '@grafana/data';
import type { UPlotConfigBuilder } from '@grafana/ui';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type uPlot from 'uplot';
import { timeText } from './panel-props';

interface Props {
  config: UPlotConfigBuilder;
  events: AnnotationEvent[];
  theme: GrafanaTheme2;
  timeZone: string;
}

/** Draws a dashboard's events over a chart: lines for points in time, bands for regions, with a text on hover. */
export function AnnotationLayer({ config, events, theme, timeZone }: Props) {
  const shown = useRef(events);
  shown.current = events;
  const plot = useRef<uPlot | null>(null);
  useLayoutEffect(() => {
    config.addHook('init', (u) => {
      plot.current = u;
    });
    config.addHook('draw', (u) => {
      u.over.querySelectorAll('.annotation').forEach((node) => node.remove());
      const { ctx, bbox } = u;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height + 8 * devicePixelRatio);
      ctx.clip();
      for (const event of shown.current) draw(u, event, theme, timeZone);
      ctx.restore();
    });
  }, [config]);
  useEffect(() => {
    plot.current?.redraw(false);
  }, [events]);
  return null;
}

function draw(u: uPlot, event: AnnotationEvent, theme: GrafanaTheme2, timeZone: string) {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const x0 = u.valToPos(event.time!, 'x', true);
  const x1 = u.valToPos(event.timeEnd ?? event.time!, 'x', true);
  if (x1 < bbox.left || x0 > bbox.left + bbox.width) return;
  const bottom = bbox.top + bbox.height;
  ctx.strokeStyle = ctx.fillStyle = theme.visualization.getColorByName(event.color ?? 'red');
  ctx.lineWidth = ratio;
  ctx.setLineDash([5 * ratio, 5 * ratio]);
  for (const x of x0 === x1 ? [x0] : [x0, x1]) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
  }
  if (x1 > x0) {
    ctx.globalAlpha = 0.1;
    ctx.fillRect(x0, bbox.top, x1 - x0, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(x0, bottom, x1 - x0, 4 * ratio);
  } else {
    const side = 5 * ratio;
    ctx.beginPath();
    ctx.moveTo(x0, bottom);
    ctx.lineTo(x0 - side, bottom + side * 1.4);
    ctx.lineTo(x0 + side, bottom + side * 1.4);
    ctx.fill();
  }
  u.over.append(hoverBox(event, (x0 - bbox.left) / ratio, (x1 - x0) / ratio, timeZone));
}

function hoverBox(event: AnnotationEvent, left: number, width: number, timeZone: string): HTMLElement {
  const box = document.createElement('div');
  box.className = 'annotation';
  box.title = [timeText(event.time!, timeZone), event.title, event.text, event.tags?.join(', ')]
    .filter(Boolean)
    .join('\n');
  Object.assign(box.style, {
    position: 'absolute',
    bottom: '-8px',
    height: '12px',
    left: `${left - 5}px`,
    width: `${width + 10}px`,
    zIndex: '2',
  });
  return box;
}
