import { BURN_WINDOWS, LEAST_REQUESTS, SLO } from '../../../monitoring/queries/serving';
import { finite, type Answers } from './quality';

/** How fast the error budget of an objective is used, over one pair of windows of its alert. */
export interface Burn {
  readonly objective: 'availability' | 'latency';
  readonly window: string;
  readonly state: 'within budget' | 'burning' | 'not enough evidence' | 'no figures';
  /** 1 uses the budget up exactly at its end; above `alarmAbove` somebody is told. */
  readonly factor: number | null;
  readonly alarmAbove: number;
  /** Requests in the window. */
  readonly requests: number | null;
}

export function burnOf(answers: Answers): readonly Burn[] {
  const objectives = [
    ['availability', answers.errorShare, 1 - SLO.availability],
    ['latency', answers.slowShare, 1 - SLO.latency],
  ] as const;
  return objectives.flatMap(([objective, shares, budget]) =>
    BURN_WINDOWS.map(({ long, short, factor: alarmAbove }): Burn => {
      const times = (window: string): number | null => {
        const share = finite(shares, { window });
        return share === null ? null : share / budget;
      };
      const factor = times(long);
      const requests = finite(answers.requests, { window: long });
      const state =
        factor === null
          ? 'no figures'
          : (requests ?? 0) < LEAST_REQUESTS
            ? 'not enough evidence'
            : factor > alarmAbove && (times(short) ?? 0) > alarmAbove
              ? 'burning'
              : 'within budget';
      return { objective, window: long, state, factor, alarmAbove, requests };
    }),
  );
}
