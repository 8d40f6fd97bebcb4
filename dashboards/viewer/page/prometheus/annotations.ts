import { type AnnotationEvent, type DataFrame, rangeUtil, renderLegendFormat } from '@grafana/data';
import type { AnnotationJson } from '../dashboard-json';
import type { Scope } from '../interpolate';
import { MAX_POINTS, runTarget } from './run-target';

export interface Annotations {
  events: AnnotationEvent[];
  errors: string[];
}

export const exprOf = ({ expr, target }: AnnotationJson) => expr ?? target?.expr;

/** A dashboard's events: where an annotation query is not zero. */
export async function loadAnnotations(list: AnnotationJson[], scope: Scope): Promise<Annotations> {
  const rangeMs = scope.range.to.valueOf() - scope.range.from.valueOf();
  const errors: string[] = [];
  const events = await Promise.all(
    list
      .filter((each) => each.enable && exprOf(each))
      .map(async (each) => {
        const stepMs = Math.max(rangeUtil.intervalToMs(each.step || '60s'), Math.ceil(rangeMs / MAX_POINTS));
        const target = {
          refId: 'Anno',
          expr: exprOf(each)!,
          format: 'table',
          range: true,
          interval: `${stepMs}ms`,
        };
        try {
          const { frames } = await runTarget(target, scope, { points: MAX_POINTS, many: false });
          return frames.flatMap((frame) => eventsOf(each, frame, stepMs));
        } catch (error) {
          errors.push(`Annotations ${each.name}: ${(error as Error).message}`);
          return [];
        }
      }),
  );
  return { events: events.flat(), errors };
}

/** Consecutive samples of a series form one region. */
function eventsOf(annotation: AnnotationJson, frame: DataFrame, stepMs: number): AnnotationEvent[] {
  const [time, ...rest] = frame.fields;
  const value = rest[rest.length - 1];
  const events: AnnotationEvent[] = [];
  const open = new Map<string, AnnotationEvent>();
  for (let i = 0; i < frame.length; i++) {
    if (!value.values[i]) continue;
    const at: number = annotation.useValueForTime ? value.values[i] : time.values[i];
    const labels = Object.fromEntries(
      rest.slice(0, -1).map(({ name, values }) => [name, values[i] as string]),
    );
    const id = JSON.stringify(annotation.useValueForTime ? { ...labels, at } : labels);
    const last = open.get(id);
    if (last && annotation.useValueForTime) continue;
    if (last && at - last.timeEnd! <= stepMs) {
      last.timeEnd = at;
      last.isRegion = true;
      continue;
    }
    const event: AnnotationEvent = {
      id,
      time: at,
      timeEnd: at,
      color: annotation.iconColor,
      title: renderLegendFormat(annotation.titleFormat ?? annotation.name, labels),
      text: renderLegendFormat(annotation.textFormat ?? '', labels),
      tags: (annotation.tagKeys ?? '')
        .split(',')
        .map((key) => labels[key.trim()])
        .filter(Boolean),
    };
    open.set(id, event);
    events.push(event);
  }
  return events;
}
