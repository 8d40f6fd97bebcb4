import { QUALITY_METRIC, ROLLOUT_METRIC } from '../../../contracts/metrics';
import { RECORDED } from '../../../monitoring/queries/recorded';

/** Series that a platform of a few minutes does not have, and why. Whatever reads one may be empty. */
export const NO_DATA: readonly { readonly reason: string; readonly series: readonly string[] }[] = [
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
    reason: 'labels are mature after a week',
    series: Object.values(QUALITY_METRIC).map(({ name }) => name),
  },
  {
    reason: 'the release list has no exporter yet',
    series: Object.values(ROLLOUT_METRIC).map(({ name }) => name),
  },
];

/** Why a series may be missing; undefined where it must be there. */
export function reasonForNone(series: string): string | undefined {
  return NO_DATA.find((each) => each.series.some((name) => series === name || series.startsWith(`${name}_`)))
    ?.reason;
}
