import { metricNames } from '../../monitoring/queries/metric-names';
import type { AlertingRule, RecordingRule, RuleGroup } from '../../monitoring/rules/rule';
import { secondsOf } from './firing';

/** Groups evaluated no more often than there are samples: in between, rules would see the same ones again. */
export function coarsened(groups: readonly RuleGroup[], least: number): readonly RuleGroup[] {
  return groups.map((group) => ({
    ...group,
    interval: `${Math.max(least, secondsOf(group.interval))}s`,
  }));
}

export function isRecording(rule: RecordingRule | AlertingRule): rule is RecordingRule {
  return 'record' in rule;
}

/**
 * Recording rules in layers: whatever a rule reads is raw, or recorded by an earlier layer. Rules stay in the group that
 * evaluates them, for it has the interval.
 *
 * @throws Error where rules read one another in a circle
 */
export function layersOf(groups: readonly RuleGroup[]): readonly (readonly RuleGroup[])[] {
  const left = new Map<RecordingRule, RuleGroup>();
  for (const group of groups) for (const rule of group.rules) if (isRecording(rule)) left.set(rule, group);
  const layers: RuleGroup[][] = [];
  while (left.size > 0) {
    const missing = new Set([...left.keys()].map(({ record }) => record));
    const ready = [...left.keys()].filter(({ expr }) =>
      [...metricNames(expr)].every((name) => !missing.has(name)),
    );
    if (ready.length === 0) throw new Error(`rules read one another in a circle: ${[...missing].join(', ')}`);
    layers.push(
      groups
        .map(({ name, interval }) => ({
          name,
          interval,
          rules: ready.filter((rule) => left.get(rule)?.name === name),
        }))
        .filter(({ rules }) => rules.length > 0),
    );
    for (const rule of ready) left.delete(rule);
  }
  return layers;
}
