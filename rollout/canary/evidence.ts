import type { LiveGate, PairedGate, PairedTally, Tally } from '../../contracts/canary';

/** What is asked about two versions that run side by side. */
export interface Question {
  readonly model: string;
  readonly candidate: string;
  readonly champion: string;
  /** Since when the weights are in force. */
  readonly since: Date;
}

/** The two versions by one measure. */
export interface Both {
  readonly candidate: Tally;
  readonly champion: Tally;
}

/** How the scores of a version fell into the bins of its reference. */
export interface Scores {
  /** Scored rows per bin. */
  readonly bins: readonly number[];
  /** Rows whose score fell into no bin: it was not a number. */
  readonly unplaced: number;
  /** Share per bin when the version was evaluated; empty where the package has no reference. */
  readonly reference: readonly number[];
}

export interface Evidence {
  readonly kind: 'evidence';
  /** What the clock of the source says. */
  readonly at: Date;
  /** When the newest sample was taken that was counted. */
  readonly newest: Date;
  readonly live: Readonly<Record<LiveGate, Both>>;
  readonly scores?: { readonly candidate: Scores; readonly champion: Scores };
  /**
   * Requests that were decided, and positive; missing where a version does not count them. Those of the two versions were
   * counted at different moments.
   */
  readonly decisions?: Both;
  readonly paired?: Readonly<Partial<Record<PairedGate, PairedTally>>>;
}

/** Why there is no evidence. */
export interface NoEvidence {
  readonly kind: 'none';
  /** `no-answer`: the source could not be asked. `no-data`: it has no samples of the two versions. */
  readonly reason: 'no-answer' | 'no-data';
  readonly why: string;
  /** What the clock of the source says, where it answered. */
  readonly at?: Date;
}

export type Reading = Evidence | NoEvidence;

/** Where evidence about running versions comes from. */
export interface EvidenceReader {
  read(question: Question): Promise<Reading>;
}
