import { stringify } from 'yaml';

/** Series by name and labels, with values in promtool's notation: `0+5x10` counts up by 5 ten times. */
export type Series = Readonly<Record<string, string>>;

/** One situation, and all that fires in it besides Watchdog. */
export interface Case {
  /** The alert under test. */
  readonly alert: string;
  readonly title: string;
  readonly series: Series;
  /** When to look. */
  readonly at: string;
  /** Labels of every alert that fires then, `alertname`, `severity` and `team` included; none is silence. */
  readonly firing: readonly Readonly<Record<string, string>>[];
  /** Further expressions that must be true for every one of so many series. */
  readonly holds?: readonly { readonly expr: string; readonly series: number }[];
}

/** Cases whose series have values at the same distance, evaluated at the same distance. */
export interface Suite {
  readonly name: string;
  readonly interval: string;
  readonly evaluation: string;
  /** Rule groups that are evaluated, in their order; fewer take less time. */
  readonly groups: readonly string[];
  /** Series that every case has, unless it states them itself. */
  readonly healthy: Series;
  readonly cases: readonly Case[];
}

/** A test file of `promtool test rules`. */
export function testFile({ interval, evaluation, groups, healthy, cases }: Suite, rules: string): string {
  return stringify(
    {
      rule_files: [rules],
      evaluation_interval: evaluation,
      // promtool would order groups at random otherwise: windows would miss their last step in one run of eight.
      group_eval_order: groups,
      tests: cases.map(({ alert, title, series, at, firing, holds = [] }) => ({
        name: `${alert}: ${title}`,
        interval,
        input_series: Object.entries({ ...healthy, ...series }).map(([name, values]) => ({
          series: name,
          values,
        })),
        promql_expr_test: [
          {
            // ALERTS says that an alert fires without its annotations, whose values would be floats to paste.
            expr: 'max without () (ALERTS{alertstate="firing",alertname!="Watchdog"})',
            eval_time: at,
            exp_samples: firing.map((labels) => ({ labels: labelText(labels), value: 1 })),
          },
          ...holds.map(({ expr, series: count }) => ({
            expr: `count((${expr}) == 1)`,
            eval_time: at,
            exp_samples: [{ labels: '{}', value: count }],
          })),
        ],
      })),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const all = { ...labels, alertstate: 'firing' };
  return `{${Object.entries(all)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
