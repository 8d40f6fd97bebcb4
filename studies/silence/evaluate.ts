import type { AlertingRule, RuleGroup } from '../../monitoring/rules/rule';
import { firingsOf, secondsOf, type Firing } from './firing';
import { isRecording } from './layers';
import type { Prometheus } from './prometheus';

export interface Evaluated {
  readonly alert: string;
  readonly group: string;
  /** Tells the rules of one name apart. */
  readonly labels: Readonly<Record<string, string>>;
  readonly evaluations: number;
  readonly seconds: number;
  readonly firings: readonly Firing[];
}

/** Every alert of the groups, at every moment of [from, to] at which its group is evaluated. */
export async function evaluateAlerts(
  prometheus: Prometheus,
  groups: readonly RuleGroup[],
  from: number,
  to: number,
  report: (line: string) => void,
): Promise<readonly Evaluated[]> {
  const found: Evaluated[] = [];
  for (const { name, interval, rules } of groups) {
    for (const rule of rules) {
      if (isRecording(rule)) continue;
      const each = await evaluate(prometheus, name, secondsOf(interval), rule, from, to);
      report(
        `${each.alert} ${JSON.stringify(each.labels)}: ${each.firings.length} firings, ${each.seconds.toFixed(0)} s`,
      );
      found.push(each);
    }
  }
  return found;
}

async function evaluate(
  prometheus: Prometheus,
  group: string,
  interval: number,
  rule: AlertingRule,
  from: number,
  to: number,
): Promise<Evaluated> {
  const start = performance.now();
  const series = await prometheus.range(rule.expr, from, to, interval);
  const holding = {
    interval,
    holdSeconds: secondsOf(rule.for),
    keepSeconds: secondsOf(rule.keep_firing_for),
  };
  const firings = series.flatMap(({ metric, values }) => {
    const labels = Object.entries(metric).filter(([name]) => name !== '__name__');
    return firingsOf(
      {
        labels: { ...Object.fromEntries(labels), ...rule.labels, alertname: rule.alert },
        times: values.map(([at]) => at),
      },
      holding,
    );
  });
  return {
    alert: rule.alert,
    group,
    labels: rule.labels,
    evaluations: Math.floor((to - from) / interval) + 1,
    seconds: (performance.now() - start) / 1000,
    firings,
  };
}
