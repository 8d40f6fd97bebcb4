import type { CountedVersion } from './counts';
import { END, HOUR, isScraped, releases, SEED, type Release } from './plan';
import { modelSeries } from './model-series';
import { platformSeries } from './platform-series';
import { qualitySeries } from './quality-series';
import { randomOf } from './random';
import { requestsOf, type ErrorFault } from './requests';
import { writeOpenMetrics, type Series } from './series';
import { servingSeries, weightSeries } from './serving-series';

/** All series of a platform from one moment until the end of the history. */
export interface History {
  readonly from: number;
  readonly to: number;
  readonly series: readonly Series[];
  /** Writes [from, to) to a file. @returns the number of samples */
  write(file: string, from: number, to: number): number;
}

/**
 * A history without any fault, unless one is asked for.
 *
 * Samples are not 15 s apart but 60 s where requests are counted, 240 s where rows are counted in bins and 120 s
 * elsewhere: a twelfth of the work. Every window of five minutes still holds two samples of a request counter; the
 * increases of bins are taken over five minutes and one distance more (`scrapeSeconds`), as on the platform. A metric that
 * no rule reads is left out.
 *
 * @param counted versions in the order of `releases`
 */
export function historyOf(from: number, counted: readonly CountedVersion[], fault?: ErrorFault): History {
  const running = releases.flatMap((release, index) => {
    const version = counted[index];
    return version !== undefined && release.removed > from ? [{ release, version }] : [];
  });
  const requests = requestsOf(from, rowsPerHour(running), randomOf(SEED), fault);
  const series = [
    ...running.flatMap(({ release, version }) => [
      ...modelSeries(version, release, randomOf(SEED + Number(release.version))),
      ...servingSeries(requests, release),
    ]),
    ...weightSeries(
      from,
      running.map(({ release }) => release),
    ),
    ...qualitySeries(
      from,
      running.map(({ version }) => version),
      running.map(({ release }) => release),
    ),
    ...platformSeries(
      from,
      running.map(({ release }) => release),
    ),
  ].filter((each) => each.to > from);
  return {
    from,
    to: END,
    series,
    write: (file, start, end) => writeOpenMetrics(file, series, Math.max(from, start), end, isScraped),
  };
}

/** Rows of the version that takes traffic. */
function rowsPerHour(
  running: readonly { readonly release: Release; readonly version: CountedVersion }[],
): (at: number) => number {
  const sums = running.map(({ version }) =>
    (version.series[0]?.hourly ?? []).map((row) => row.reduce((sum, rows) => sum + rows, 0)),
  );
  return (at) => {
    const index = running.findIndex(({ release }) => at >= release.deployed && at < release.replaced);
    const countedFrom = running[index]?.release.countedFrom ?? at;
    return sums[index]?.[Math.floor((at - countedFrom) / HOUR)] ?? 0;
  };
}
