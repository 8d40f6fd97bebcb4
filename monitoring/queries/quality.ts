import { QUALITY_METRIC, QUALITY_WINDOW, GATEWAY_METRIC, MODEL_SERVER_METRIC } from '../../contracts/metrics';
import { RECORDED } from './recorded';
import { lines, maxBy, selector, sumBy, type PromQL } from './promql';

const VERSION = ['model', 'version'] as const;
const MEASURE = ['model', 'version', 'metric'] as const;

/** With fewer positives an interval is too wide to wake anyone. */
export const LEAST_POSITIVES = 30;

/** The window used by alerts. */
export const ALERT_WINDOW = QUALITY_WINDOW[0];

/** The whole 95 % interval is below the gate. Versions without traffic have no recent rows and drop out. */
export function belowGate(): PromQL {
  const upper = selector(QUALITY_METRIC.upper.name, { window: ALERT_WINDOW });
  const positives = selector(QUALITY_METRIC.positives.name, { window: ALERT_WINDOW });
  return lines(`
    ${maxBy(MEASURE, upper)}
    < on (${MEASURE.join(', ')}) ${maxBy(MEASURE, QUALITY_METRIC.gate.name)}
    and on (model, version) ${maxBy(['model', 'version'], positives)} >= ${LEAST_POSITIVES}`);
}

/** Share of the predictions of mature cohorts that have a label. */
export function coverage(matchers: Readonly<Record<string, string>> = {}): PromQL {
  const { labelled, predictions } = QUALITY_METRIC;
  return `${selector(labelled.name, matchers)} / (${selector(predictions.name, matchers)} > 0)`;
}

/** Predictions this old should have their labels: a week of delay and a day of slack. */
const LABELLED_AFTER = '8d';

/** Seconds since the newest label, or the horizon if there is none; only for models that expect labels now. */
export function labelSilence(): PromQL {
  const { newestLabel, labelHorizon } = QUALITY_METRIC;
  return lines(`
    (
      time() - ${maxBy(['model'], newestLabel.name)}
      or
      ${maxBy(['model'], labelHorizon.name)}
    )
    and on (model)
    ${sumBy(['model'], `sum_over_time(${RECORDED.rows}[1d] offset ${LABELLED_AFTER})`)} > 0`);
}

/** End of the training data of versions with traffic. */
export function dataEnd(): PromQL {
  const end = maxBy(VERSION, MODEL_SERVER_METRIC.dataEnd.name);
  const weighted = `${maxBy(VERSION, GATEWAY_METRIC.weight.name)} > 0`;
  const busy = `${sumBy(VERSION, `rate(${MODEL_SERVER_METRIC.observedRows.name}[1h])`)} > 0`;
  return maxBy(['model'], `${end} and on (${VERSION.join(', ')}) (${weighted} or ${busy})`);
}
