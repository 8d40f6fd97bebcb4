import type { Releases, Target } from './releases';

/** The stored release list and history of all models. */
export interface ReleaseDocument {
  read(): Promise<{ readonly releases: Releases; readonly revision: string }>;
  /** @returns whether the document still was of that revision, and now holds `releases` */
  replace(revision: string, releases: Releases): Promise<boolean>;
}

/** A process that works on a model. */
export interface Holder {
  /** `user@host`. */
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one with its number, where the system can. */
  readonly incarnation: string;
  /** What it was told to do, for example `mlops deploy fraud@2`. */
  readonly command: string;
}

/** What a claim's Lease says. */
export interface ClaimRecord {
  /** Undefined when nobody works on the model. */
  readonly holder: Holder | undefined;
  readonly acquired: Date;
  readonly renewed: Date;
  readonly seconds: number;
  /** The command that has not come to a clean end; undefined when the last one has. */
  readonly unfinished: string | undefined;
}

/** Where claims are kept: one record per model, changed by compare-and-swap. */
export interface ClaimStore {
  /** @returns undefined when there never was a claim on the model */
  read(model: string): Promise<{ readonly record: ClaimRecord; readonly revision: string } | undefined>;
  /**
   * @param revision undefined to create it
   * @returns the new revision, or undefined when somebody else wrote first
   */
  write(model: string, revision: string | undefined, record: ClaimRecord): Promise<string | undefined>;
}

/** What is known about a holder's process. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** This process and what it can know of others. */
export interface Processes {
  readonly self: Omit<Holder, 'command'>;
  liveness(holder: Holder): Liveness;
}

/** Starts and removes what the release list says. */
export interface Cluster {
  /**
   * @param thorough after a command that did not come to its end: look for what it left, too
   */
  apply(options: { readonly thorough: boolean }): Promise<void>;
}

/** Divides requests among versions, by the weights of the release list. */
export interface Gateway {
  /** Whether a version answers when it is asked for by name. */
  answers(model: string, version: string): Promise<boolean>;
  /** Waits until a version answers when it is asked for by name. Throws when it does not. */
  proveAnswers(model: string, version: string): Promise<void>;
  /** Waits until every gateway pod divides a model's requests by these weights. Throws when one does not. */
  takeUp(model: string, weights: Readonly<Record<string, number>>): Promise<void>;
}

/** The registry of record, with the packages of its versions. */
export interface ModelRegistry {
  /** The package of a version that may be deployed. Throws why it may not. */
  deployable(model: string, version: string): Promise<Target>;
  alias(model: string, alias: string): Promise<string | undefined>;
  setAlias(model: string, alias: string, version: string): Promise<void>;
}

export interface Clock {
  now(): Date;
  /** Calls back about every `seconds` until the returned function is called. */
  every(seconds: number, callback: () => void): () => void;
  sleep(seconds: number): Promise<void>;
}

export interface Ports {
  readonly document: ReleaseDocument;
  readonly claims: ClaimStore;
  readonly processes: Processes;
  readonly cluster: Cluster;
  readonly gateway: Gateway;
  readonly registry: ModelRegistry;
  readonly clock: Clock;
}
