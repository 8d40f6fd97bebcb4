import { reasonOf } from '../../contracts/reason';

/** The content of the leader's Lease. */
export interface LeaderRecord {
  /** Undefined when nobody leads. */
  readonly holder: string | undefined;
  readonly acquired: Date;
  readonly renewed: Date;
  readonly seconds: number;
}

/** Where the leader's Lease is kept; changed by compare-and-swap. */
export interface LeaderStore {
  /** @returns undefined if nobody ever led */
  read(): Promise<{ readonly record: LeaderRecord; readonly revision: string } | undefined>;
  /**
   * @param revision undefined to create it
   * @returns the new revision, or undefined if another writer was first
   */
  write(revision: string | undefined, record: LeaderRecord): Promise<string | undefined>;
}

export interface LeadershipClock {
  now(): Date;
  /** Seconds since any moment. Unlike `now`, nobody sets it. */
  elapsed(): number;
  sleep(seconds: number, signal: AbortSignal): Promise<void>;
}

export interface LeadershipPorts {
  readonly store: LeaderStore;
  readonly clock: LeadershipClock;
}

export type LeadershipEvent =
  | { readonly kind: 'leads' | 'released' }
  | { readonly kind: 'follows'; readonly holder: string }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'lease-unreachable'; readonly why: string };

export interface Candidate {
  /** Differs from every other candidate's, and from that of an earlier process of the same pod. */
  readonly name: string;
  /** Whether a holder is an earlier process of this pod, so that nobody has to wait for it. */
  readonly isPredecessor: (holder: string) => boolean;
  /** How long a Lease outlives its last renewal, and how often it is renewed. */
  readonly seconds: number;
  readonly renewSeconds: number;
  readonly onEvent: (event: LeadershipEvent) => void;
}

/**
 * Works while this candidate leads, and waits while another one does, until the signal. Work is told by its own signal when
 * the Lease is lost, or could not be renewed for two thirds of its time. Holders' clocks are never compared: a Lease has
 * expired if it did not change for its time while somebody looked.
 */
export async function lead(
  ports: LeadershipPorts,
  candidate: Candidate,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock } = ports;
  const { renewSeconds, onEvent } = candidate;
  let seen: { readonly revision: string; readonly at: number } | undefined;
  let following: string | undefined;
  while (!signal.aborted) {
    try {
      const found = await ports.store.read();
      if (found?.revision !== seen?.revision)
        seen = found && { revision: found.revision, at: clock.elapsed() };
      const holder = found?.record.holder;
      const isFree =
        holder === undefined ||
        candidate.isPredecessor(holder) ||
        clock.elapsed() - (seen?.at ?? 0) >= (found?.record.seconds ?? 0);
      if (isFree) {
        const acquired = clock.now();
        const revision = await ports.store.write(found?.revision, record(candidate, clock.now(), acquired));
        if (revision !== undefined) {
          following = undefined;
          onEvent({ kind: 'leads' });
          await holdWhileWorking(ports, candidate, { revision, acquired }, signal, work);
          continue;
        }
      } else if (holder !== following) {
        following = holder;
        onEvent({ kind: 'follows', holder });
      }
    } catch (error) {
      onEvent({ kind: 'lease-unreachable', why: reasonOf(error) });
    }
    await clock.sleep(renewSeconds, signal);
  }
}

interface Held {
  readonly revision: string;
  readonly acquired: Date;
}

async function holdWhileWorking(
  { store, clock }: LeadershipPorts,
  candidate: Candidate,
  { revision: first, acquired }: Held,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { seconds, renewSeconds, onEvent } = candidate;
  const end = new AbortController();
  const stop = () => {
    end.abort();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const working = work(end.signal).finally(stop);
  let revision = first;
  let renewedAt = clock.elapsed();
  let lost: string | undefined;
  for (;;) {
    await clock.sleep(renewSeconds, end.signal);
    if (end.signal.aborted) break;
    try {
      const next = await renewed(store, revision, record(candidate, clock.now(), acquired));
      if (next === undefined) lost = 'another one took the Lease';
      else {
        revision = next;
        renewedAt = clock.elapsed();
      }
    } catch (error) {
      onEvent({ kind: 'lease-unreachable', why: reasonOf(error) });
      if (clock.elapsed() - renewedAt >= (2 / 3) * seconds) lost = 'it could not be renewed';
    }
    if (lost === undefined) continue;
    onEvent({ kind: 'lost', why: lost });
    stop();
    break;
  }
  signal.removeEventListener('abort', stop);
  await working;
  if (lost !== undefined) return;
  // The next one need not wait until it expires.
  const free = { ...record(candidate, clock.now(), acquired), holder: undefined };
  await store.write(revision, free).catch(() => undefined);
  onEvent({ kind: 'released' });
}

/** @returns undefined if another one has the Lease */
async function renewed(
  store: LeaderStore,
  revision: string,
  wanted: LeaderRecord,
): Promise<string | undefined> {
  const next = await store.write(revision, wanted);
  if (next !== undefined) return next;
  // An earlier renewal may have arrived even though its answer was lost.
  const found = await store.read();
  return found?.record.holder === wanted.holder ? found?.revision : undefined;
}

function record({ name, seconds }: Candidate, renewed: Date, acquired: Date): LeaderRecord {
  return { holder: name, acquired, renewed, seconds };
}

/** Whether somebody leads, for those who do not want to: a Lease that keeps changing says so, whatever its holder's clock. */
export function leadershipSeen(
  store: Pick<LeaderStore, 'read'>,
  elapsed: () => number,
): () => Promise<boolean> {
  let seen: { readonly revision: string; readonly at: number } | undefined;
  return async () => {
    const found = await store.read();
    if (found?.record.holder === undefined) return false;
    if (found.revision !== seen?.revision) seen = { revision: found.revision, at: elapsed() };
    return elapsed() - seen.at < found.record.seconds;
  };
}
