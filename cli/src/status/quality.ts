import { QUALITY_MEASURE } from '../../../contracts/metrics';
import type { HealthQuery } from '../../../monitoring/queries/health';
import { ALERT_WINDOW } from '../../../monitoring/queries/quality';
import type { Sample } from '../prometheus';

export type Answers = Readonly<Record<HealthQuery, readonly Sample[]>>;

/** A figure with its 95 % interval. */
export interface MeasuredQuality {
  readonly metric: string;
  readonly estimate: number;
  readonly lower: number | null;
  readonly upper: number | null;
  /** Least value that registration asks for. */
  readonly gate: number | null;
}

export interface QualityHealth {
  /** `no figures`: the exporter shows nothing of the version. `stale`: it computes nothing any more. */
  readonly state: 'measured' | 'not enough evidence' | 'stale' | 'no figures';
  readonly window: string;
  /** Seconds since the figures were computed. */
  readonly ageSeconds: number | null;
  /** Rows in mature cohorts. */
  readonly predictions: number | null;
  readonly labelled: number | null;
  readonly positives: number | null;
  /** Share of the predictions that have a label. */
  readonly coverage: number | null;
  readonly measures: readonly MeasuredQuality[];
}

/** Same as the alert QualityExporterStale. */
const STALE_SECONDS = 1_800;

export function qualityOf(answers: Answers, version: string): QualityHealth {
  const one = (name: HealthQuery): number | null => finite(answers[name], { version });
  const [predictions, labelled, positives] = [one('predictions'), one('labelled'), one('positives')];
  const ageSeconds = finite(answers.qualityAge, {});
  const measures = QUALITY_MEASURE.flatMap((metric): readonly MeasuredQuality[] => {
    const of = (name: HealthQuery): number | null => finite(answers[name], { version, metric });
    const estimate = of('estimate');
    if (estimate === null) return [];
    return [{ metric, estimate, lower: of('lower'), upper: of('upper'), gate: of('gate') }];
  });
  const state =
    predictions === null
      ? 'no figures'
      : ageSeconds !== null && ageSeconds > STALE_SECONDS
        ? 'stale'
        : measures.length === 0
          ? 'not enough evidence'
          : 'measured';
  const coverage =
    predictions !== null && predictions > 0 && labelled !== null ? labelled / predictions : null;
  return { state, window: ALERT_WINDOW, ageSeconds, predictions, labelled, positives, coverage, measures };
}

/** The value of the series with these labels; null where there is none, or it is no number. */
export function finite(samples: readonly Sample[], labels: Readonly<Record<string, string>>): number | null {
  const found = samples.find((sample) =>
    Object.entries(labels).every(([name, value]) => (sample.labels[name] ?? '') === value),
  );
  return found !== undefined && Number.isFinite(found.value) ? found.value : null;
}
