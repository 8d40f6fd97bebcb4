import { GATEWAY_METRIC, MODEL_SERVER_METRIC } from '../../contracts/metrics';
import { duration, lines, maxBy, selector, sumBy, type PromQL } from './promql';
import { RECORDED } from './recorded';

/** How drift is judged. docs/adr/0320-drift-rule.md has the reasons. */
export interface DriftSettings {
  /** Time between two scrapes of a model server. @default 15 */
  readonly scrapeSeconds: number;
  /** Window of the increases recorded first. @default 300 */
  readonly stepSeconds: number;
  /** Time between two evaluations of the window; at most 300, as Prometheus looks back five minutes. @default 300 */
  readonly lookSeconds: number;
  /** Whole weeks, so that weekdays are no drift. @default 604800 */
  readonly windowSeconds: number;
  /** Expected days per false alarm, over all features and the score of a model. @default 90 */
  readonly budgetDays: number;
}

export const DRIFT_SETTINGS: DriftSettings = {
  scrapeSeconds: 15,
  stepSeconds: 300,
  lookSeconds: 300,
  windowSeconds: 604_800,
  budgetDays: 90,
};

/** Bins with fewer expected rows are merged with the smallest of the others. Same as in pipeline/noise.py. */
const LEAST_EXPECTED = 5;
/** Rows added to every bin. Same as in pipeline/noise.py. */
const ADDED_ROWS = 0.5;
const LEAST_ROWS = 50;
/**
 * Tumbling windows to which a sliding window evaluated all the time is equivalent: about chi² - k + 1 for k degrees of
 * freedom (Aldous 1989, section D), 13 to 25 for two to ten bins.
 */
const LOOKS = 25;
/**
 * Share of its increases that a window must have: three hours of a week may be missing. None of it counts after a change of
 * weight.
 */
const FULL = 0.98;

/** Values of {@link RECORDED}.state. */
export const DRIFT_STATE = {
  quiet: 0,
  drifting: 1,
  noNoiseFactor: 2,
  tooFewRows: 3,
  windowNotFull: 4,
  noReference: 5,
} as const;

const VERSION = ['model', 'version'] as const;
/** The score's series have no label `feature`, so that sums by feature need no separate rule for it. */
const FEATURE = [...VERSION, 'feature'] as const;
const BIN = [...FEATURE, 'bin'] as const;
const onVersion = `on (${VERSION.join(', ')})`;
const onFeature = `on (${FEATURE.join(', ')})`;

/** One recorded series. */
export interface Recording {
  readonly record: string;
  readonly expr: PromQL;
}

/** Rows served per bin and step, summed over pods. */
export function increases({ scrapeSeconds, stepSeconds }: DriftSettings): readonly Recording[] {
  // One scrape longer than the step, to include what was counted between two steps. increase() extrapolates to the
  // whole range, so scale back.
  const range = stepSeconds + scrapeSeconds;
  const increase = (name: string): PromQL => `increase(${name}[${duration(range)}])`;
  const scale = `${stepSeconds} / ${range}`;
  const { featureBin, scoreBin, observedRows } = MODEL_SERVER_METRIC;
  return [
    {
      record: RECORDED.binRows,
      expr: lines(`
        (
          ${sumBy(BIN, increase(featureBin.name))}
          or
          ${sumBy(BIN, increase(scoreBin.name))}
        ) * ${scale}`),
    },
    { record: RECORDED.rows, expr: `${sumBy(VERSION, increase(observedRows.name))} * ${scale}` },
  ];
}

/** From increases to PSI, its threshold and every feature's state; each rule reads those before it. */
export function judgement(settings: DriftSettings): readonly Recording[] {
  return [...windows(settings), ...merged(), ...index(), ...thresholds(settings), state()];
}

function windows(settings: DriftSettings): readonly Recording[] {
  const { windowSeconds, stepSeconds, scrapeSeconds, lookSeconds } = settings;
  const window = duration(windowSeconds);
  // The oldest increase reaches back a step and a scrape further, and the weight before it is one look older.
  const withWeightBefore = duration(windowSeconds + stepSeconds + scrapeSeconds + lookSeconds);
  const { referenceRows, featureReferenceShare, scoreReferenceShare } = MODEL_SERVER_METRIC;
  return [
    { record: RECORDED.weight, expr: maxBy(VERSION, GATEWAY_METRIC.weight.name) },
    {
      record: RECORDED.coverage,
      // Where the share of the traffic changed, days of the week count unequally: after a deployment the former version's
      // window would lose its Mondays first. Where no gateway is scraped, nothing is known of that.
      expr: lines(`
        count_over_time(${RECORDED.rows}[${window}]) / ${windowSeconds / stepSeconds}
        unless ${onVersion} changes(${RECORDED.weight}[${withWeightBefore}]) > 0`),
    },
    {
      record: RECORDED.binRowsInWindow,
      // Drops versions that no longer run, although their week is still stored.
      expr: lines(`
        sum_over_time(${RECORDED.binRows}[${window}])
        and ${onVersion} ${maxBy(VERSION, referenceRows.name)}`),
    },
    {
      record: RECORDED.referenceShare,
      expr: lines(`
        ${maxBy(BIN, featureReferenceShare.name)}
        or
        ${maxBy(BIN, scoreReferenceShare.name)}`),
    },
    {
      record: RECORDED.rowsInWindow,
      expr: lines(`
        (
          ${sumBy(FEATURE, RECORDED.binRowsInWindow)}
          and ${onVersion} ${RECORDED.coverage} >= ${FULL}
        ) >= ${LEAST_ROWS}`),
    },
    {
      record: RECORDED.expected,
      expr: `${RECORDED.referenceShare} * ${onFeature} group_left () ${RECORDED.rowsInWindow}`,
    },
  ];
}

function merged(): readonly Recording[] {
  const { expected, host, binRowsInWindow: rows } = RECORDED;
  const large = `${expected} >= ${LEAST_EXPECTED}`;
  const joined = (values: PromQL): PromQL =>
    lines(`
      (
        (${values} and ${host})
        + ${onFeature} group_left ()
        ${sumBy(FEATURE, `${values} and (${expected} < ${LEAST_EXPECTED})`)}
      )
      or
      (${values} and (${large}))`);
  return [
    { record: host, expr: `bottomk by (${FEATURE.join(', ')}) (1, ${large})` },
    { record: RECORDED.mergedExpected, expr: joined(expected) },
    { record: RECORDED.mergedRows, expr: joined(rows) },
    { record: RECORDED.bins, expr: `count by (${FEATURE.join(', ')}) (${RECORDED.mergedExpected})` },
  ];
}

function index(): readonly Recording[] {
  const rows = `${onFeature} group_left () ${RECORDED.rowsInWindow}`;
  const expected = `(${RECORDED.mergedExpected} / ${rows})`;
  const served = lines(`
    (
      (${RECORDED.mergedRows} + ${ADDED_ROWS})
      / ${onFeature} group_left ()
      (${RECORDED.rowsInWindow} + ${ADDED_ROWS} * ${RECORDED.bins})
    )`);
  return [
    {
      record: RECORDED.psi,
      expr: sumBy(FEATURE, `\n(${served}\n- ${expected})\n* ln(${served}\n/ ${expected})\n`),
    },
  ];
}

function thresholds({ windowSeconds, budgetDays }: DriftSettings): readonly Recording[] {
  const { featureNoiseFactor, scoreNoiseFactor, referenceRows } = MODEL_SERVER_METRIC;
  const windowDays = windowSeconds / 86_400;
  // t of Abramowitz & Stegun 26.2.23 for the upper tail alpha = window / (budget · series · looks).
  const t = `sqrt(2 * ln(${RECORDED.series} * ${(budgetDays * LOOKS) / windowDays}))`;
  const degrees = `(${RECORDED.bins} - 1)`;
  const z = `${onVersion} group_left () ${RECORDED.quantile}`;
  return [
    {
      record: RECORDED.noiseFactor,
      expr: lines(`
        ${maxBy(FEATURE, featureNoiseFactor.name)}
        or
        ${maxBy(FEATURE, scoreNoiseFactor.name)}`),
    },
    { record: RECORDED.series, expr: `count by (${VERSION.join(', ')}) (${RECORDED.rowsInWindow})` },
    {
      record: RECORDED.quantile,
      expr: lines(`
        ${t}
        - (2.515517 + 0.802853 * ${t} + 0.010328 * ${t} ^ 2)
        / (1 + 1.432788 * ${t} + 0.189269 * ${t} ^ 2 + 0.001308 * ${t} ^ 3)`),
    },
    {
      record: RECORDED.threshold,
      // Wilson & Hilferty 1931: chi² = k (1 - 2/(9k) + z √(2/(9k)))³. A feature with one bin has no threshold.
      expr: lines(`
        ${RECORDED.noiseFactor}
        * ${onFeature} (
          ${degrees}
          * (1 - 2 / (9 * ${degrees}) + sqrt(2 / (9 * ${degrees})) * ${z}) ^ 3
        )
        * ${onFeature} (
          1 / ${RECORDED.rowsInWindow}
          + ${onVersion} group_left ()
          1 / ${maxBy(VERSION, referenceRows.name)}
        )
        and ${onFeature} ${RECORDED.bins} > 1`),
    },
  ];
}

/** Every feature of every running version has exactly one state, so that silence is always explained. */
function state(): Recording {
  const { referenceRows, observedRows } = MODEL_SERVER_METRIC;
  const { psi, threshold, rowsInWindow, coverage, binRowsInWindow } = RECORDED;
  const running = `count by (${FEATURE.join(', ')}) (${binRowsInWindow})`;
  const all = (value: number, expression: PromQL): PromQL => `(${expression}) * 0 + ${value}`;
  return {
    record: RECORDED.state,
    expr: lines(`
      ${all(DRIFT_STATE.drifting, `${psi} > ${threshold}`)}
      or
      ${all(DRIFT_STATE.quiet, `${psi} and ${threshold}`)}
      or
      ${all(DRIFT_STATE.quiet, `${rowsInWindow} and ${RECORDED.noiseFactor} and ${RECORDED.bins} == 1`)}
      or
      ${all(DRIFT_STATE.noNoiseFactor, rowsInWindow)}
      or
      ${all(DRIFT_STATE.tooFewRows, `${running} and ${onVersion} ${coverage} >= ${FULL}`)}
      or
      ${all(DRIFT_STATE.windowNotFull, running)}
      or
      ${all(DRIFT_STATE.noReference, `${sumBy(VERSION, observedRows.name)} unless ${onVersion} ${maxBy(VERSION, referenceRows.name)}`)}`),
  };
}

/** Features, or scores, that drift. */
export function drifting(what: 'feature' | 'score'): PromQL {
  const which = what === 'feature' ? 'feature!=""' : 'feature=""';
  return `${RECORDED.psi}{${which}} > ${RECORDED.threshold}`;
}

/** Share of requests that a version decided positive, over an hour: positives are few. */
export function positiveShare(which: Readonly<Record<string, string>>): PromQL {
  const requests = (labels: Readonly<Record<string, string>>) =>
    sumBy(VERSION, `increase(${selector(MODEL_SERVER_METRIC.decidedRequests.name, labels)}[1h])`);
  return lines(`
    ${requests({ ...which, decision: 'positive' })}
    /
    ${requests(which)}`);
}
