/** The first day of the generator, a Monday; days and hours of the counts are counted from it. Seconds since 1970. */
export const FIRST = Date.UTC(2018, 0, 1) / 1000;
export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;

export const MODEL = 'fraud';
/** The generator's seed. */
export const SEED = 1;
/** First days of the weeks that the versions were measured on: a new one every four weeks keeps the data fresh. */
export const REFERENCES = [72, 100, 128, 156] as const;
/** A version is deployed when the labels of its reference week are known, at ten in the morning. */
const DEPLOYED_AFTER = 14 * DAY + 10 * HOUR;
/** The counts of a version begin after its reference week. */
const COUNTED_AFTER = 7 * DAY;
/** The first day after the history. */
export const LAST_DAY = 186;
export const END = FIRST + LAST_DAY * DAY;
/** Before the first day that is judged: labels are missed only of what was predicted up to nine days before. */
export const WARM_UP_DAYS = 9;
const FOREVER = Infinity;

/** When a version runs and takes traffic; the one before stays for rollbacks (`keep: 2` in platform.yaml). */
export interface Release {
  readonly version: string;
  readonly deployed: number;
  /** All traffic goes to the next one from then on. */
  readonly replaced: number;
  readonly removed: number;
  /** Of the first count. */
  readonly countedFrom: number;
  /** Of the data that it was trained and measured on. */
  readonly dataEnd: number;
}

export const releases: readonly Release[] = REFERENCES.map((reference, at) => {
  const deployedOf = (index: number): number => {
    const day = REFERENCES[index];
    return day === undefined ? FOREVER : FIRST + day * DAY + DEPLOYED_AFTER;
  };
  return {
    version: String(at + 1),
    deployed: deployedOf(at),
    replaced: deployedOf(at + 1),
    removed: deployedOf(at + 2),
    countedFrom: FIRST + reference * DAY + COUNTED_AFTER,
    dataEnd: FIRST + reference * DAY + COUNTED_AFTER,
  };
});

/** A process between two starts: its counters begin at 0. */
export interface Life {
  readonly pod: string;
  readonly from: number;
  readonly to: number;
}

export interface Pod {
  readonly name: string;
  readonly namespace: string;
  /** Restarts of its container in their order. */
  readonly restarts: readonly number[];
  readonly from: number;
  readonly to: number;
}

const DOWN_SECONDS = 45;
const REPLACED_EVERY = 14 * DAY;
const RESTARTED_EVERY = 7 * DAY;

/**
 * The pods that follow one another in one place of a Deployment: replaced every two weeks, one place after the other,
 * and one container of the Deployment restarts once a week.
 */
export function podsOf(
  deployment: string,
  namespace: string,
  slot: number,
  { deployed, removed }: Pick<Release, 'deployed' | 'removed'>,
): readonly Pod[] {
  const last = Math.min(removed, END);
  const pods: Pod[] = [];
  for (let from = deployed, turn = 0; from < last; turn += 1) {
    const to = Math.min(last, deployed + (turn + 1) * REPLACED_EVERY + slot * 3 * MINUTE);
    const restarts: number[] = [];
    for (let week = 0; ; week += 1) {
      const at = deployed + week * RESTARTED_EVERY + 3 * DAY + 4 * HOUR;
      if (at >= to) break;
      if (at > from && week % 2 === slot) restarts.push(at);
    }
    pods.push({ name: `${deployment}-${turn}-${'ab'[slot] ?? 'z'}`, namespace, restarts, from, to });
    from = to;
  }
  return pods;
}

export function livesOf({ name, restarts, from, to }: Pod): readonly Life[] {
  const starts = [from, ...restarts.map((at) => at + DOWN_SECONDS)];
  return starts.map((start, index) => ({ pod: name, from: start, to: restarts[index] ?? to }));
}

/** Prometheus itself is replaced on the third of each month of the history: nothing is scraped for three minutes. */
export function isScraped(at: number): boolean {
  const sinceMaintenance = (at - FIRST - 3 * DAY - 3 * HOUR) % (30 * DAY);
  return sinceMaintenance < 0 || sinceMaintenance >= 3 * MINUTE;
}
