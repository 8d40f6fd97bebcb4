import { QUALITY_METRIC } from '../../contracts/metrics';
import { DRIFT_SETTINGS } from './drift';
import { duration, maxBy, selector, type PromQL } from './promql';
import { ALERT_WINDOW } from './quality';
import { RECORDED } from './recorded';

const MEASURE = ['version', 'metric'] as const;
const FEATURE = ['version', 'feature'] as const;

/** Drift is judged once per look: a plain selector sees a value for five minutes only. */
const LAST_LOOK = duration(DRIFT_SETTINGS.lookSeconds + DRIFT_SETTINGS.stepSeconds);

/** What `mlops status` asks about one model; the label `version` tells its versions apart. */
export function healthQueries(model: string) {
  const quality = (by: readonly string[], name: string): PromQL =>
    maxBy(by, selector(name, { model, window: ALERT_WINDOW }));
  const drift = (name: string): PromQL =>
    maxBy(FEATURE, `last_over_time(${selector(name, { model })}[${LAST_LOOK}])`);
  return {
    estimate: quality(MEASURE, QUALITY_METRIC.estimate.name),
    lower: quality(MEASURE, QUALITY_METRIC.lower.name),
    upper: quality(MEASURE, QUALITY_METRIC.upper.name),
    gate: maxBy(MEASURE, selector(QUALITY_METRIC.gate.name, { model })),
    predictions: quality(['version'], QUALITY_METRIC.predictions.name),
    labelled: quality(['version'], QUALITY_METRIC.labelled.name),
    positives: quality(['version'], QUALITY_METRIC.positives.name),
    /** Seconds since the figures of quality were computed. */
    qualityAge: `time() - max(${QUALITY_METRIC.lastSuccess.name})`,
    driftState: drift(RECORDED.state),
    psi: drift(RECORDED.psi),
    threshold: drift(RECORDED.threshold),
    driftRows: drift(RECORDED.rowsInWindow),
    errorShare: maxBy(['window'], selector(RECORDED.errorShare, { model })),
    slowShare: maxBy(['window'], selector(RECORDED.slowShare, { model })),
    requests: maxBy(['window'], selector(RECORDED.requestsIn, { model })),
    burnBound: maxBy(['objective', 'window', 'span', 'bound'], selector(RECORDED.burnBound, { model })),
  } as const satisfies Record<string, PromQL>;
}

export type HealthQuery = keyof ReturnType<typeof healthQueries>;
