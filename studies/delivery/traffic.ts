import type { LiveGate } from '../../contracts/canary';
import type { Both, Evidence, Scores } from '../../rollout/canary/evidence';
import type { Random } from '../silence/history/random';
import { pairedOf, type Kind } from './candidates';
import { binomial } from './draw';

/** Seconds between two scrapes. */
export const SCRAPE = 15;
/** Shares of scores per bin at evaluation, and when served. */
const REFERENCE = [0.7, 0.15, 0.08, 0.05, 0.02];

const NOTHING: Both = { candidate: { requests: 0, events: 0 }, champion: { requests: 0, events: 0 } };

type Counts = Record<LiveGate | 'decisions', Both>;

/** Traffic of one platform, differently busy, faulty and slow from run to run, with minutes in which both versions fail more. */
export class Traffic {
  readonly #rate: number;
  readonly #errors: number;
  readonly #slow: number;
  /** Shares of requests decided positive. */
  readonly #positive: { readonly candidate: number; readonly champion: number };
  readonly #paired: Evidence['paired'];
  /** Samples since the weights last changed, oldest first; each has all counts so far. */
  #samples: Counts[] = [];
  /** Of a hanging version: requests that are not given up on yet, per scrape. */
  #waiting: number[] = [];
  #faultUntil = 0;
  readonly #lags: keyof Both;

  constructor(
    readonly kind: Kind,
    readonly random: Random,
  ) {
    this.#rate = 20 * 10 ** random();
    this.#errors = 0.002 * random();
    this.#slow = 0.0005 * 20 ** random();
    this.#paired = pairedOf(kind, random);
    this.#lags = random() < 0.5 ? 'candidate' : 'champion';
    const champion = 0.001 * 20 ** random();
    this.#positive = { champion, candidate: champion * (kind.positives ?? 2 ** (2 * random() - 1)) };
  }

  /** The weights changed. */
  restart(): void {
    this.#samples = [];
    this.#waiting = [];
  }

  /** One interval of requests, of which the candidate gets a share. */
  pass(seconds: number, share: number): void {
    const { random, kind } = this;
    if (random() < SCRAPE / 7_200) this.#faultUntil = seconds + 300;
    const faulty = seconds < this.#faultUntil ? 0.05 : 0;
    const busy = 1 + 0.5 * Math.sin((2 * Math.PI * seconds) / 86_400);
    const all = Math.round(this.#rate * busy * SCRAPE);
    const sent = binomial(all, share, random);
    const errors = this.#errors + faulty;
    this.#waiting.push(sent);
    const mine = this.#waiting.length > (kind.lateSeconds ?? 0) / SCRAPE ? (this.#waiting.shift() ?? 0) : 0;
    const both = (candidate: number, champion: number): Both => ({
      candidate: { requests: mine, events: binomial(mine, Math.min(1, candidate), random) },
      champion: { requests: all - sent, events: binomial(all - sent, champion, random) },
    });
    const now: Counts = {
      errors: both(errors + (kind.errors ?? 0), errors),
      slow: both(kind.slow ?? this.#slow, this.#slow),
      decisions: both(this.#positive.candidate, this.#positive.champion),
    };
    const before = this.#samples.at(-1);
    this.#samples.push(before === undefined ? now : sumOf(before, now));
  }

  /** Without the newest scrape, as what is read from Prometheus. */
  evidence(at: Date): Evidence | undefined {
    const seen = this.#samples.at(-2);
    if (seen === undefined) return undefined;
    const live = { errors: seen.errors, slow: seen.slow };
    const earlier = this.#samples.at(-3)?.decisions ?? NOTHING;
    // Pods are scraped at their own moments: one version's counts are older than the other's.
    const decisions =
      this.#lags === 'candidate'
        ? { candidate: earlier.candidate, champion: seen.decisions.champion }
        : { candidate: seen.decisions.candidate, champion: earlier.champion };
    const newest = new Date(at.getTime() - SCRAPE * 1000);
    const scores = (rows: number, constant: boolean): Scores => ({
      bins: REFERENCE.map((share, bin) => (constant ? (bin === 0 ? rows : 0) : Math.round(rows * share))),
      unplaced: 0,
      reference: REFERENCE,
    });
    const { candidate, champion } = live.errors;
    return {
      kind: 'evidence',
      at,
      newest,
      live,
      decisions,
      scores: {
        candidate: scores(candidate.requests, this.kind.constantScore === true),
        champion: scores(champion.requests, false),
      },
      ...(this.#paired === undefined ? {} : { paired: this.#paired }),
    };
  }
}

function sumOf(a: Counts, b: Counts): Counts {
  const sum = (gate: keyof Counts, arm: keyof Both) => ({
    requests: a[gate][arm].requests + b[gate][arm].requests,
    events: a[gate][arm].events + b[gate][arm].events,
  });
  const both = (gate: keyof Counts): Both => ({
    candidate: sum(gate, 'candidate'),
    champion: sum(gate, 'champion'),
  });
  return { errors: both('errors'), slow: both('slow'), decisions: both('decisions') };
}
