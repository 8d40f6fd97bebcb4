import { lines, selector, type PromQL } from './promql';
import { RECORDED } from './recorded';
import { BURN_WINDOWS, SLO, type BurnWindow } from './serving';

/** A promise to clients, and the share of requests that breaks it, recorded for every window. */
export interface Objective {
  readonly name: 'availability' | 'latency';
  readonly share: PromQL;
  /** Share that may break the promise. */
  readonly budget: number;
}

export const OBJECTIVES: readonly Objective[] = [
  { name: 'availability', share: RECORDED.errorShare, budget: rounded(1 - SLO.availability) },
  { name: 'latency', share: RECORDED.slowShare, budget: rounded(1 - SLO.latency) },
];

/** Student's t for one-sided 95 % and 11 degrees of freedom: the shortest long window has twelve {@link BURST}s. */
const CONFIDENCE_T = 1.796;

/**
 * Failures this close together count as one event: the shortest window of an alert. What is over sooner leaves nobody
 * anything to do.
 */
const BURST = '5m';

export interface BurnRecording {
  readonly record: string;
  readonly expr: PromQL;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * One-sided 95 % bounds of the share of requests that break a promise, in both windows of each alert. ADR 323 derives them.
 *
 * Failures come in bursts, so a share is less certain than so many independent requests would make it. The design
 * effect (Kish 1965) is its variance between bursts (of a ratio of totals of clusters: Cochran 1977, 6.3), over the variance of
 * independent requests. Requests over design effect are the effective sample size of the interval (Korn & Graubard 1998,
 * Dean & Pagano 2015). All failures in one burst weigh as much as a single one.
 */
export const burnRecordings: readonly BurnRecording[] = OBJECTIVES.flatMap((objective) => [
  ...moments(objective),
  ...BURN_WINDOWS.flatMap((pair) => [
    ...spread(objective, pair),
    bound(objective, pair, pair.long, 'lower'),
    bound(objective, pair, pair.long, 'upper'),
    bound(objective, pair, pair.short, 'lower'),
  ]),
]);

/** A recorded bound; `window` is the long window of the alert, `span` the one that was looked at. */
export function burnBound(
  { name }: Objective,
  { long }: BurnWindow,
  span: string,
  side: 'lower' | 'upper',
): PromQL {
  return selector(RECORDED.burnBound, { objective: name, window: long, span, bound: side });
}

/** What the latest {@link BURST} adds to sums over bursts: products of `all` requests and `bad` ones. */
function moments({ name, share }: Objective): readonly BurnRecording[] {
  const part = selector(share, { window: BURST });
  const all = selector(RECORDED.requestsIn, { window: BURST });
  const of = (moment: string, expr: PromQL): BurnRecording => ({
    record: RECORDED.burstMoment,
    expr,
    labels: { objective: name, moment },
  });
  return [
    of('all', `${all} and on (model) ${part}`),
    of('all_all', `${all} ^ 2 and on (model) ${part}`),
    of('bad_all', `${part} * on (model) ${all} ^ 2`),
    of('bad_bad', `${part} ^ 2 * on (model) ${all} ^ 2`),
  ];
}

/** Number of bursts in the long window, the mean squared distance of one from its expectation, and the design effect. */
function spread({ name, share }: Objective, { long }: BurnWindow): readonly BurnRecording[] {
  const labels = { objective: name, window: long };
  const now = (moment: string): PromQL => selector(RECORDED.burstMoment, { objective: name, moment });
  const mean = (moment: string): PromQL => `avg_over_time(${now(moment)}[${long}])`;
  const p = selector(share, { window: long });
  const all = selector(RECORDED.requestsIn, { window: long });
  const bursts = selector(RECORDED.bursts, labels);
  // (bad - p · all)², multiplied out.
  const squared = (of: (moment: string) => PromQL): PromQL =>
    lines(`
      ${of('bad_bad')}
      - on (model) 2 * ${of('bad_all')} * on (model) ${p}
      + on (model) ${of('all_all')} * on (model) ${p} ^ 2`);
  const sum = `${bursts} * on (model) ${selector(RECORDED.burstVariance, labels)}`;
  return [
    { record: RECORDED.bursts, expr: `${all} / on (model) ${mean('all')}`, labels },
    { record: RECORDED.burstVariance, expr: squared(mean), labels },
    {
      record: RECORDED.designEffect,
      // A mean over all evaluations has seen only the beginning of the newest burst, which therefore counts in full where
      // that is more. Of a single burst no variance is known. Less than one failure's worth of variance is rounding.
      expr: [
        'clamp_min(',
        `(\n(\n${squared(now)}\n)\n> on (model) ${sum}\nor on (model) ${sum}\n)`,
        `* on (model) (${bursts} / (${bursts} - 1 > 0))`,
        `/ on (model) clamp_min(${all} * on (model) ${p} * on (model) (1 - ${p}), 1),`,
        '1)',
      ].join('\n'),
      labels,
    },
  ];
}

/**
 * Wilson's bound (1927) with a continuity correction (Newcombe 1998, method 4), requests over design effect being the
 * sample size. Without the correction, a single event would be more than the bound in 18 % of all cases instead of 5 %.
 * Even so, one failure among the first 40 requests is: of a single event no rate is known, and the lower bound is 0.
 */
function bound(
  { name, share }: Objective,
  { long }: BurnWindow,
  span: string,
  side: 'lower' | 'upper',
): BurnRecording {
  const z = CONFIDENCE_T;
  const squared = rounded(z * z);
  const all = selector(RECORDED.requestsIn, { window: span });
  const effect = selector(RECORDED.designEffect, { objective: name, window: long });
  const size = `(${all} / on (model) ${effect})`;
  const corrected = `${selector(share, { window: span })} ${side === 'lower' ? '-' : '+'} on (model) 0.5 / ${size}`;
  const p = side === 'lower' ? `clamp_min(${corrected}, 0)` : `clamp_max(${corrected}, 1)`;
  const severalEvents = `\n* (${selector(share, { window: span })} * on (model) ${size} > bool 1)`;
  return {
    record: RECORDED.burnBound,
    expr: `${lines(`
      (
        ${p}
        + ${rounded(squared / 2)} / ${size}
        ${side === 'lower' ? '-' : '+'}
        ${z} * sqrt(
          ${p}
          * (1 - ${p})
          / ${size}
          + ${rounded(squared / 4)} / ${size} ^ 2
        )
      )
      / (1 + ${squared} / ${size})`)}${side === 'lower' && span === long ? severalEvents : ''}`,
    labels: { objective: name, window: long, span, bound: side },
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
