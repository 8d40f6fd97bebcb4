import type { Measure } from '../models';
import type { LabelledCount, PredictedCount } from './counts';
import { proportion } from './intervals';
import { areaUnderRoc, averagePrecision } from './ranking';
import { totals } from './score-table';
import type { Estimate, ScoreBin } from './score-table';

/** Rows of each kind below which a figure says nothing: Wilson's interval is then wider than 0.5. */
const LEAST_ROWS = 10;
/** Below this share of labelled predictions, those that have a label are a selection. */
const LEAST_COVERAGE = 0.5;
/** Parts of the range of scores in which scores are compared with what came true. */
const CALIBRATION_BINS = 10;

/** Why there is no figure, in words that name the count and what it takes. */
export interface NotEnoughEvidence {
  readonly state: 'not enough evidence';
  readonly reason: string;
}

export type Finding = (Estimate & { readonly state: 'measured' }) | NotEnoughEvidence;

export interface CalibrationBin {
  /** Upper edge of its scores. */
  readonly bin: string;
  readonly score: number;
  readonly rate: number;
}

export interface Quality {
  readonly predictions: number;
  readonly labelled: number;
  readonly positives: number;
  readonly measures: Readonly<Record<Measure, Finding>>;
  readonly calibration: readonly CalibrationBin[];
}

/** What mature, labelled predictions of one version say. `predictions`: how many there were, labelled or not. */
export function qualityOf(all: readonly LabelledCount[], predictions: number): Quality {
  const rows = all.filter(({ bin }) => bin >= 0);
  const sum = (which: (row: LabelledCount) => boolean): number =>
    rows.reduce((count, row) => (which(row) ? count + row.count : count), 0);
  const labelled = sum(() => true);
  const positives = sum(({ label }) => label);
  const negatives = labelled - positives;
  const hits = sum(({ label, decision }) => label && decision);
  const alarms = sum(({ decision }) => decision);
  const quiet = sum(({ label, alerted }) => label && !alerted);
  const quietHits = sum(({ label, alerted, decision }) => label && !alerted && decision);
  const bins = scoreBins(rows);
  // The days of the newest labels may not be counted yet: there are at least as many predictions as labelled ones.
  const coverage = labelled / Math.max(predictions, labelled);
  const judged = (
    estimate: () => Estimate | undefined,
    ...needs: readonly (readonly [string, number])[]
  ): Finding => {
    const [lacking] = needs.filter(([, count]) => count < LEAST_ROWS);
    if (lacking !== undefined) return notEnough(`${lacking[1]} ${lacking[0]} of at least ${LEAST_ROWS}`);
    if (coverage < LEAST_COVERAGE)
      return notEnough(
        `${(100 * coverage).toFixed(1)} % of the predictions labelled, of at least ${100 * LEAST_COVERAGE} %`,
      );
    const found = estimate();
    return found === undefined ? notEnough('no labelled predictions') : { state: 'measured', ...found };
  };
  return {
    predictions,
    labelled,
    positives,
    measures: {
      average_precision: judged(
        () => averagePrecision(bins),
        ['positives', positives],
        ['negatives', negatives],
      ),
      auc_roc: judged(() => areaUnderRoc(bins), ['positives', positives], ['negatives', negatives]),
      precision: judged(() => proportion(hits, alarms), ['labelled predictions over the threshold', alarms]),
      recall: judged(() => proportion(hits, positives), ['positives', positives]),
      recall_unalerted: judged(() => proportion(quietHits, quiet), ['positives without an alert', quiet]),
    },
    calibration: calibration(rows),
  };
}

/**
 * Quality that scores alone promise (CBPE): each is taken as the chance of a positive. Early, for it needs no labels, and
 * blind to changes of what a score means.
 */
export function expectedQuality(all: readonly PredictedCount[]): Partial<Record<Measure, number>> {
  const rows = all.filter(({ bin }) => bin >= 0);
  const bins = rows.map(({ bin, count, scoreSum }) => ({
    bin,
    positives: scoreSum,
    negatives: Math.max(0, count - scoreSum),
  }));
  const { positives, negatives } = totals(bins);
  if (positives + negatives < LEAST_ROWS) return {};
  const over = rows.filter(({ decision }) => decision);
  const hits = over.reduce((sum, { scoreSum }) => sum + scoreSum, 0);
  const alarms = over.reduce((sum, { count }) => sum + count, 0);
  const found: Partial<Record<Measure, number | undefined>> = {
    average_precision: averagePrecision(merged(bins))?.value,
    auc_roc: areaUnderRoc(merged(bins))?.value,
    precision: alarms > 0 ? hits / alarms : undefined,
    recall: positives > 0 ? hits / positives : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function notEnough(reason: string): NotEnoughEvidence {
  return { state: 'not enough evidence', reason };
}

function scoreBins(rows: readonly LabelledCount[]): ScoreBin[] {
  return merged(
    rows.map(({ bin, label, count }) => ({
      bin,
      positives: label ? count : 0,
      negatives: label ? 0 : count,
    })),
  );
}

function merged(bins: readonly ScoreBin[]): ScoreBin[] {
  const byBin = new Map<number, ScoreBin>();
  for (const { bin, positives, negatives } of bins) {
    const known = byBin.get(bin);
    byBin.set(bin, {
      bin,
      positives: positives + (known?.positives ?? 0),
      negatives: negatives + (known?.negatives ?? 0),
    });
  }
  return [...byBin.values()];
}

function calibration(rows: readonly LabelledCount[]): CalibrationBin[] {
  return Array.from({ length: CALIBRATION_BINS }, (_, index) => {
    const inside = rows.filter(({ bin }) => Math.floor((bin * CALIBRATION_BINS) / 1000) === index);
    const count = inside.reduce((sum, row) => sum + row.count, 0);
    const score = inside.reduce((sum, row) => sum + row.scoreSum, 0);
    const positives = inside.reduce((sum, row) => (row.label ? sum + row.count : sum), 0);
    return {
      bin: String((index + 1) / CALIBRATION_BINS),
      count,
      score: score / count,
      rate: positives / count,
    };
  }).flatMap(({ count, ...bin }) => (count >= LEAST_ROWS ? [bin] : []));
}
