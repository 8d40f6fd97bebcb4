import { PLATFORM_METRIC, QUALITY_METRIC } from '../../../contracts/metrics';
import { RECORDED } from '../../../monitoring/queries/recorded';
import { metricNames } from '../../../monitoring/queries/metric-names';
import type { Expression } from './expressions';

/** Series that a platform of a few minutes does not have, and why. Whatever reads one may be empty. */
const NO_DATA: readonly { readonly reason: string; readonly series: readonly string[] }[] = [
  {
    reason: 'the window of a week is not full, so that drift is not judged yet',
    series: [
      RECORDED.rowsInWindow,
      RECORDED.expected,
      RECORDED.host,
      RECORDED.mergedExpected,
      RECORDED.mergedRows,
      RECORDED.bins,
      RECORDED.psi,
      RECORDED.series,
      RECORDED.quantile,
      RECORDED.threshold,
    ],
  },
  {
    reason:
      'every version gained or lost traffic within the window, if the tests before were slow enough to be seen',
    series: [RECORDED.coverage],
  },
  {
    reason: 'labels are mature after a week',
    series: Object.values(QUALITY_METRIC).map(({ name }) => name),
  },
  {
    reason: 'volumes of kind are folders of the node, which the kubelet does not measure',
    series: [PLATFORM_METRIC.volumeAvailable.name, PLATFORM_METRIC.volumeCapacity.name],
  },
];

/** Why a series may be missing; undefined where it must be there. */
export function reasonForNone(series: string): string | undefined {
  return NO_DATA.find((each) => each.series.some((name) => series === name || series.startsWith(`${name}_`)))
    ?.reason;
}

/** Panels that show faults: empty is what one hopes for. */
const FAULTS: readonly string[] = [
  'Platform / Alerts',
  'Platform / Failed jobs',
  'Platform / Waiting containers',
  'Serving / Attempts without an answer',
  'Serving / Refused requests',
  'Life cycle / Failed trainings',
];

/** Whether an expression may be without data. */
export function mayBeEmpty({ where, record, expr }: Expression): boolean {
  if (FAULTS.includes(where)) return true;
  const series = record === undefined ? metricNames(expr) : [record, ...metricNames(expr)];
  return [...series].some((name) => reasonForNone(name) !== undefined);
}
