import { dashboards, type DashboardSpec } from '../../../monitoring/dashboards/index';
import { VARIABLE } from '../../../monitoring/queries/variables';
import { ruleGroups } from '../../../monitoring/rules/index';

/** A query that the platform asks Prometheus, and where it stands. */
export interface Expression {
  readonly where: string;
  /** `alert`: nothing is a good answer. */
  readonly kind: 'panel' | 'recording' | 'alert' | 'variable';
  readonly expr: string;
  /** What a recording rule writes. */
  readonly record?: string;
}

/** What a dashboard's variables stand for when everything is chosen. */
const CHOICES: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__range: '1h',
  $window: '7d',
  $model: '.*',
  $version: '.*',
  $feature: '.*',
};

/** @throws Error for a variable without a choice */
function chosen(expr: string): string {
  return expr.replace(/\$\w+/g, (variable) => {
    const value = CHOICES[variable];
    if (value === undefined) throw new Error(`no value for ${variable} in ${expr}`);
    return value;
  });
}

function panels({ title, rows }: DashboardSpec): readonly Expression[] {
  return rows.flatMap((row) =>
    row.panels.flatMap((panel) =>
      panel.queries.map(({ expr }) => ({
        where: `${title} / ${panel.title}`,
        kind: 'panel' as const,
        expr: chosen(expr),
      })),
    ),
  );
}

/** Every expression of every panel, variable and rule. */
export function everyExpression(): readonly Expression[] {
  return [
    ...dashboards.flatMap(panels),
    ...Object.values(VARIABLE).map(({ name, query }): Expression => {
      const [, series = ''] = /^label_values\((.*), \w+\)$/.exec(query) ?? [];
      return { where: `variable ${name}`, kind: 'variable', expr: chosen(series) };
    }),
    ...ruleGroups().flatMap(({ rules }) =>
      rules.map((rule): Expression =>
        'alert' in rule
          ? { where: `alert ${rule.alert}`, kind: 'alert', expr: rule.expr }
          : { where: `recording ${rule.record}`, kind: 'recording', expr: rule.expr, record: rule.record },
      ),
    ),
  ];
}
