/** Requests of one version, and those of them that count against it. */
export interface Tally {
  readonly requests: number;
  readonly events: number;
}

/** What both versions did while the weights did not change. */
export interface SplitTally {
  /** Share of the traffic that the canary got, in percent. */
  readonly weight: number;
  readonly canary: Tally;
  readonly champion: Tally;
}

/**
 * What a canary is judged by. `errors`: requests of which an attempt at a pod failed, before any retry. `slow`: requests
 * that took longer than the SLO allows.
 */
export const LIVE_GATE = ['errors', 'slow'] as const;
export type LiveGate = (typeof LIVE_GATE)[number];

/**
 * Decisions on logged rows with labels, the candidate's beside the champion's. `missed`: positives that only one of the two
 * found. `falseAlarms`: negatives that only one of the two raised an alarm for.
 */
export const PAIRED_GATE = ['missed', 'falseAlarms'] as const;
export type PairedGate = (typeof PAIRED_GATE)[number];

export type Gate = LiveGate | PairedGate;

/** Rows with labels that both versions decided on. */
export interface PairedTally {
  readonly rows: number;
  /** The champion was right, and the candidate wrong. */
  readonly candidateWrong: number;
  readonly championWrong: number;
}

/** Only `no-worse` and `better` let a version go on. */
export const VERDICT = ['worse', 'no-worse', 'better', 'not-enough-evidence'] as const;
export type Verdict = (typeof VERDICT)[number];

/** How a model's canaries proceed; `models.<name>.canary` in platform.yaml. */
export interface CanaryPlan {
  /** Shares of the traffic in percent, rising to 100. */
  readonly steps: readonly number[];
  /** Requests that the canary answers at a weight before the next one. */
  readonly leastRequests: number;
  /** Per gate, how much larger the candidate's share may be than the champion's. Gates without a margin are not judged. */
  readonly margins: Readonly<Partial<Record<Gate, number>>>;
  /** Probability of rolling back a version like the champion, and of promoting one beyond a margin. */
  readonly risk: number;
  /** Longest time at one weight. */
  readonly stepMinutes: number;
  /** What to do after that time, when there still is not enough evidence. */
  readonly withoutEvidence: 'hold' | 'rollback';
  /** Time after the promotion in which the former champion stands by and the candidate may still be rolled back. */
  readonly probationMinutes: number;
}
