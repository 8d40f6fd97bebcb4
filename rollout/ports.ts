import type { Releases, Target } from './releases';
import type { ReplayPorts } from './replay/ports';

/** The stored release list and history of all models. */
export interface ReleaseDocument {
  read(): Promise<{ readonly releases: Releases; readonly revision: string }>;
  /** @returns whether the document was still at that revision and now holds `releases` */
  replace(revision: string, releases: Releases): Promise<boolean>;
}

/** A process working on a model. */
export interface Holder {
  /** `user@host`. */
  readonly who: string;
  readonly host: string;
  readonly pid: number;
  /** Distinguishes a process from a later one with the same pid, where the system can. */
  readonly incarnation: string;
  /** Its command line, for example `mlops deploy fraud@2`. */
  readonly command: string;
}

/** The content of a claim's Lease. */
export interface ClaimRecord {
  /** Undefined when no command holds the model. */
  readonly holder: Holder | undefined;
  readonly acquired: Date;
  readonly renewed: Date;
  readonly seconds: number;
  /** The command that did not finish cleanly; undefined if the last one did. */
  readonly unfinished: string | undefined;
}

/** Where claims are kept: one record per model, changed by compare-and-swap. */
export interface ClaimStore {
  /** @returns undefined if the model has never been claimed */
  read(model: string): Promise<{ readonly record: ClaimRecord; readonly revision: string } | undefined>;
  /**
   * @param revision undefined to create it
   * @returns the new revision, or undefined if another writer was first
   */
  write(model: string, revision: string | undefined, record: ClaimRecord): Promise<string | undefined>;
}

/** What is known about a holder's process. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** This process, and what it can know about others. */
export interface Processes {
  readonly self: Omit<Holder, 'command'>;
  liveness(holder: Holder): Liveness;
}

/** Starts and removes versions according to the release list. */
export interface Cluster {
  /**
   * @param thorough after an unfinished command: also clean up what it left
   */
  apply(options: { readonly thorough: boolean }): Promise<void>;
  /** Waits until a version has as many ready pods as it always has. Throws if it does not get them. */
  proveCapacity(model: string, version: string): Promise<void>;
}

/** Splits requests among versions by the weights of the release list. */
export interface Gateway {
  /** Whether a version answers when addressed directly. */
  answers(model: string, version: string): Promise<boolean>;
  /** Waits until a version answers when addressed directly. Throws if it does not. */
  proveAnswers(model: string, version: string): Promise<void>;
  /** Waits until every gateway pod splits a model's requests by these weights. Throws if one does not. */
  takeUp(model: string, weights: Readonly<Record<string, number>>): Promise<void>;
}

/** The registry of record, with the packages of its versions. */
export interface ModelRegistry {
  /** The package of a deployable version. Throws if it is not deployable. */
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
  /** Missing on a platform without a prediction log. */
  readonly replay?: ReplayPorts;
  readonly clock: Clock;
}
