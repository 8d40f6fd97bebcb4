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

/**
 * Header of a request that replays logged rows. The gateway passes it on to versions without traffic only; the model server
 * then neither logs the request nor counts it as drift.
 */
export const REPLAY_HEADER = 'x-model-replay';

/** What the prediction log showed of a version before any client saw it. */
export interface Replay {
  /** ISO 8601. */
  readonly at: string;
  /** `missed`: of rows whose label is positive; `falseAlarms`: of the others. */
  readonly tallies: Readonly<Record<PairedGate, PairedTally>>;
  /** Why there are no more rows, in words. */
  readonly why: string;
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
  /** By what factor the candidate's share of positive decisions may differ from the champion's, up or down. Missing: any. */
  readonly decisionRateFactor?: number;
  /** Longest time at one weight. */
  readonly stepMinutes: number;
  /** What to do after that time, when there still is not enough evidence. */
  readonly withoutEvidence: 'hold' | 'rollback';
  /**
   * Time after the promotion in which the former champion keeps the first share of `steps`, to be compared with, and the
   * version may still be rolled back.
   */
  readonly probationMinutes: number;
}

/** What both versions did at one weight, per live gate. */
export interface LiveTallies extends Readonly<Record<LiveGate, SplitTally>> {
  /** Requests that were decided positive; missing where they were not counted. */
  readonly decisions?: SplitTally;
}

/** A canary under way, kept beside the weights of its model. */
export interface Canary {
  readonly version: string;
  /** Gets all requests when the canary ends. */
  readonly champion: string;
  /** `probation`: the version has been promoted, and may still be rolled back. */
  readonly phase: 'canary' | 'probation';
  /** Index of the weight in the plan's steps. */
  readonly step: number;
  /** Since when every gateway pod splits by the weights, ISO 8601; missing until that was seen. */
  readonly since?: string;
  /**
   * When the gateway sends all requests to the champion of its own accord, ISO 8601: a canary that nobody watches ends.
   * Missing in probation.
   */
  readonly until?: string;
  readonly by: string;
  /** As it was when the canary began. */
  readonly plan: CanaryPlan;
  readonly replay?: Replay;
  /** What earlier weights showed, oldest first. */
  readonly past: readonly LiveTallies[];
}

/** How long a canary's weight lasts unless it is renewed. kubelet may take a minute to show a pod the renewal. */
export const LEASE_SECONDS = 120;

/** The gateway refuses a lease that lasts longer: the clock of its author is wrong. */
export const LONGEST_LEASE_SECONDS = 600;

/** What a gate found, for the history. */
export interface GateRecord {
  readonly gate: Gate;
  readonly verdict: Verdict;
  readonly candidate: Tally;
  readonly champion: Tally;
}
