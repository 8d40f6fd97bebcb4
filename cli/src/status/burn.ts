import { OBJECTIVES, type Objective } from '../../../monitoring/queries/burn';
import { BURN_WINDOWS } from '../../../monitoring/queries/serving';
import { finite, type Answers } from './quality';

/** How fast the error budget of an objective is used, over one pair of windows of its alert. */
export interface Burn {
  readonly objective: Objective['name'];
  readonly window: string;
  /** `burning` is what the alert fires on; `not enough evidence`: the interval of the factor holds the alarm's. */
  readonly state: 'within budget' | 'burning' | 'over' | 'not enough evidence' | 'no figures';
  /** 1 uses the budget up exactly at its end; above `alarmAbove`, with confidence, somebody is told. */
  readonly factor: number | null;
  /** One-sided 95 % bounds of the factor. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly alarmAbove: number;
  /** Requests in the window. */
  readonly requests: number | null;
}

export function burnOf(answers: Answers): readonly Burn[] {
  const shares = { availability: answers.errorShare, latency: answers.slowShare };
  return OBJECTIVES.flatMap(({ name: objective, budget }) =>
    BURN_WINDOWS.map(({ long: window, short, factor: alarmAbove }): Burn => {
      const times = (share: number | null): number | null => (share === null ? null : share / budget);
      const bound = (span: string, side: 'lower' | 'upper'): number | null =>
        times(finite(answers.burnBound, { objective, window, span, bound: side }));
      const factor = times(finite(shares[objective], { window }));
      const [lower, upper] = [bound(window, 'lower'), bound(window, 'upper')];
      const isOver = (value: number | null): boolean => value !== null && value > alarmAbove;
      const state =
        factor === null
          ? 'no figures'
          : isOver(lower) && isOver(bound(short, 'lower'))
            ? 'burning'
            : isOver(lower) && !isOver(times(finite(shares[objective], { window: short })))
              ? 'over'
              : upper !== null && !isOver(upper)
                ? 'within budget'
                : 'not enough evidence';
      const requests = finite(answers.requests, { window });
      return { objective, window, state, factor, lower, upper, alarmAbove, requests };
    }),
  );
}
