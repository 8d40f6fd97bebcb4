import { errors } from '../errors';

/** One running version of a model. Weight is its share of the traffic in percent; 0 = standby. */
export interface Release {
  readonly version: string;
  /** Immutable image reference, `registry/repository@sha256:…`. */
  readonly image: string;
  readonly weight: number;
}

export interface ModelReleases {
  readonly versions: readonly Release[];
}

export interface ReleaseList {
  readonly schema: 1;
  readonly models: Readonly<Record<string, ModelReleases>>;
}

export interface HistoryEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `user@host`, or the CI build that did it. */
  readonly by: string;
  readonly action: 'deploy' | 'rollback';
  readonly model: string;
  readonly version: string;
  /** The version that served before, if any. */
  readonly from: string | null;
  readonly image: string;
  readonly note: string;
}

export interface History {
  readonly schema: 1;
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
}

/** Older entries fall off: a ConfigMap holds at most 1 MiB. */
const HISTORY_LIMIT = 200;

export const emptyReleaseList: ReleaseList = { schema: 1, models: {} };
export const emptyHistory: History = { schema: 1, entries: [] };

export function versionsOf(list: ReleaseList, model: string): readonly Release[] {
  return list.models[model]?.versions ?? [];
}

/** The version with the most traffic, or undefined when the model serves nothing. */
export function serving(list: ReleaseList, model: string): Release | undefined {
  return [...versionsOf(list, model)].sort((a, b) => b.weight - a.weight).find(({ weight }) => weight > 0);
}

/** Adds a version without traffic, so that it can become ready; a version already there is kept as it is. */
export function withStandby(list: ReleaseList, model: string, release: Omit<Release, 'weight'>): ReleaseList {
  const versions = versionsOf(list, model);
  const known = versions.find(({ version }) => version === release.version);
  if (known?.image === release.image) return list;
  const others = versions.filter(({ version }) => version !== release.version);
  return setVersions(list, model, [...others, { ...release, weight: known?.weight ?? 0 }]);
}

/**
 * Gives a listed version all traffic and keeps at most `keep` versions running:
 * that one, and the ones that served most recently.
 */
export function withAllTraffic(
  list: ReleaseList,
  history: History,
  model: string,
  version: string,
  keep: number,
): ReleaseList {
  const recency = history.entries.filter((entry) => entry.model === model).map((entry) => entry.version);
  const versions = [...versionsOf(list, model)]
    .sort((a, b) => recency.lastIndexOf(b.version) - recency.lastIndexOf(a.version))
    .sort((a, b) => Number(b.version === version) - Number(a.version === version))
    .slice(0, Math.max(1, keep))
    .map((release) => ({ ...release, weight: release.version === version ? 100 : 0 }));
  return setVersions(list, model, versions);
}

export function recorded(history: History, entry: HistoryEntry): History {
  return { schema: 1, entries: [...history.entries, entry].slice(-HISTORY_LIMIT) };
}

/**
 * The versions that a rollback would go through, current one last: a deployment puts its version on top,
 * a rollback takes off everything above the version it went back to.
 */
export function deploymentStack(history: History, model: string): readonly HistoryEntry[] {
  const stack: HistoryEntry[] = [];
  for (const entry of history.entries.filter((each) => each.model === model)) {
    const depth = stack.findLastIndex(({ version }) => version === entry.version);
    if (entry.action === 'rollback' && depth >= 0) stack.length = depth + 1;
    else if (stack.at(-1)?.version !== entry.version) stack.push(entry);
  }
  return stack;
}

/** Where a rollback goes: the version that served before the current one, or `to` if it ever served. */
export function rollbackTarget(
  list: ReleaseList,
  history: History,
  model: string,
  to?: string,
): Omit<Release, 'weight'> {
  const current = serving(list, model);
  const deployed = history.entries.filter((entry) => entry.model === model);
  if (to !== undefined) {
    const entry = deployed.findLast(({ version }) => version === to);
    if (!entry) throw errors.neverDeployed(model, to, [...new Set(deployed.map(({ version }) => version))]);
    if (current?.version === to) throw errors.alreadyServing(model, to);
    return { version: entry.version, image: entry.image };
  }
  const previous = deploymentStack(history, model).findLast(({ version }) => version !== current?.version);
  if (!current || !previous) throw errors.nothingToRollBackTo(model);
  return { version: previous.version, image: previous.image };
}

function setVersions(list: ReleaseList, model: string, versions: readonly Release[]): ReleaseList {
  return { ...list, models: { ...list.models, [model]: { versions } } };
}

/** Reads `releases.json`; throws what is wrong rather than serving from a list nobody meant. */
export function parseReleaseList(text: string | undefined): ReleaseList {
  const value = parseJson(text ?? '', 'releases.json') as Partial<ReleaseList>;
  if (value.schema !== 1 || typeof value.models !== 'object') {
    throw errors.releaseListInvalid('releases.json is not of schema 1');
  }
  for (const [model, { versions }] of Object.entries(value.models)) {
    const total = versions.reduce((sum, { weight }) => sum + weight, 0);
    // 0: a first version that is starting.
    if (total !== 0 && total !== 100) {
      throw errors.releaseListInvalid(`the weights of ${model} add up to ${String(total)}, not 100`);
    }
  }
  return value as ReleaseList;
}

export function parseHistory(text: string | undefined): History {
  const value = parseJson(text ?? '', 'history.json') as Partial<History>;
  if (value.schema !== 1 || !Array.isArray(value.entries)) {
    throw errors.releaseListInvalid('history.json is not of schema 1');
  }
  return value as History;
}

function parseJson(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw errors.releaseListInvalid(`${key} is not JSON`);
  }
}
