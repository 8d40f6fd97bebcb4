import { Ajv } from 'ajv';
import type { Canary } from '../contracts/canary';
import {
  emptyHistory,
  emptyReleaseList,
  RELEASE_LIST,
  releaseListSchema,
  type History,
  type HistoryEntry,
  type Release,
  type ReleaseList,
} from '../contracts/release-list';
import { RolloutError } from './failures';

/** What is stored for all models. */
export interface Releases {
  readonly list: ReleaseList;
  readonly history: History;
}

/** One model's part: the unit of comparison and change. */
export interface ModelState {
  readonly versions: readonly Release[];
  readonly canary?: Canary;
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
}

export type Target = Pick<Release, 'version' | 'image'>;

/** Older entries are dropped: a ConfigMap holds at most 1 MiB. */
const HISTORY_LIMIT = 200;

export const noReleases: Releases = { list: emptyReleaseList, history: emptyHistory };

export function stateOf({ list, history }: Releases, model: string): ModelState {
  const { versions = [], canary } = list.models[model] ?? {};
  return {
    versions,
    ...(canary === undefined ? {} : { canary }),
    entries: history.entries.filter((entry) => entry.model === model),
  };
}

export function sameState(a: ModelState, b: ModelState): boolean {
  return sameButLease(a, b) && a.canary?.until === b.canary?.until;
}

/** Whether all but the end of a canary's lease is the same: renewing it is no change of what was decided. */
export function sameButLease(a: ModelState, b: ModelState): boolean {
  return (
    sameJson(a.versions, b.versions) &&
    sameJson(a.entries, b.entries) &&
    sameJson(withoutLease(a.canary), withoutLease(b.canary))
  );
}

function withoutLease(canary: Canary | undefined): unknown {
  return canary && { ...canary, until: undefined };
}

/** Replaces one model's part; other models' parts stay in place. */
export function withState(releases: Releases, model: string, next: ModelState): Releases {
  const current = stateOf(releases, model).entries;
  const changed = next.entries.findIndex((entry, index) => !sameJson(entry, current[index] ?? null));
  const common = changed < 0 ? next.entries.length : changed;
  const kept = new Set(current.slice(0, common));
  const entries = releases.history.entries.filter((entry) => entry.model !== model || kept.has(entry));
  const { versions, canary } = next;
  const entry = { versions, ...(canary === undefined ? {} : { canary }) };
  return {
    list: { ...releases.list, models: { ...releases.list.models, [model]: entry } },
    history: { schema: 1, entries: [...entries, ...next.entries.slice(common)] },
  };
}

/** The champion of a canary, else the version with the most traffic, or undefined when the model serves nothing. */
export function serving({ versions, canary }: ModelState): Release | undefined {
  if (canary?.phase === 'canary') return versions.find(({ version }) => version === canary.champion);
  return [...versions].sort((a, b) => b.weight - a.weight).find(({ weight }) => weight > 0);
}

export function weightsOf({ versions }: ModelState): Readonly<Record<string, number>> {
  return Object.fromEntries(versions.map(({ version, weight }) => [version, weight]));
}

/** The entries that changed which version serves. */
function changesOfService({ entries }: Pick<ModelState, 'entries'>): readonly HistoryEntry[] {
  return entries.filter(({ action }) => action === 'deploy' || action === 'rollback');
}

/** Versions of deployments that never finished: without traffic, and never served. */
export function leftovers(state: ModelState): readonly Release[] {
  const served = changesOfService(state);
  return state.versions.filter(
    ({ version, weight }) => weight === 0 && !served.some((entry) => entry.version === version),
  );
}

export function withoutLeftovers(state: ModelState, except?: string): ModelState {
  const gone = new Set(leftovers(state).map(({ version }) => version));
  return {
    ...state,
    versions: state.versions.filter((each) => each.version === except || !gone.has(each.version)),
  };
}

/** Adds a version without traffic, so that it can become ready; an existing one stays as it is. */
export function withStandby(state: ModelState, target: Target): ModelState {
  const known = state.versions.find(({ version }) => version === target.version);
  if (known?.image === target.image) return state;
  const others = state.versions.filter(({ version }) => version !== target.version);
  const release = { version: target.version, image: target.image, weight: known?.weight ?? 0 };
  return { ...state, versions: [...others, release] };
}

/** Gives a listed version all traffic, and ends a canary. The order is kept: Terraform reads it, and the plan must stay empty. */
export function withAllTraffic(state: ModelState, version: string): ModelState {
  const versions = state.versions.map((each) => ({ ...each, weight: each.version === version ? 100 : 0 }));
  return withoutCanary({ ...state, versions });
}

function withoutCanary({ versions, entries }: ModelState): ModelState {
  return { versions, entries };
}

/** Keeps at most `keep` versions running: those with traffic, then the ones that served most recently. */
export function pruned(state: ModelState, keep: number): ModelState {
  const recency = changesOfService(state).map(({ version }) => version);
  const candidates = withoutLeftovers(state).versions;
  const standbys = candidates
    .filter(({ weight }) => weight === 0)
    .sort((a, b) => recency.lastIndexOf(b.version) - recency.lastIndexOf(a.version));
  const active = candidates.filter(({ weight }) => weight > 0);
  return { ...state, versions: [...active, ...standbys.slice(0, Math.max(0, keep - active.length))] };
}

export function recorded(state: ModelState, entry: HistoryEntry): ModelState {
  return { ...state, entries: [...state.entries, entry].slice(-HISTORY_LIMIT) };
}

/**
 * The versions that rollbacks would go through, current one last: a deployment pushes its version,
 * a rollback pops everything above its target.
 */
export function deploymentStack(state: ModelState): readonly HistoryEntry[] {
  const stack: HistoryEntry[] = [];
  for (const entry of changesOfService(state)) {
    const depth = stack.findLastIndex(({ version }) => version === entry.version);
    if (entry.action === 'rollback' && depth >= 0) stack.length = depth + 1;
    else if (stack.at(-1)?.version !== entry.version) stack.push(entry);
  }
  return stack;
}

/**
 * Where a rollback goes: from a canary to its champion, else to the version that served before the current one, or to `to`
 * if it ever served.
 * @throws RolloutError neverDeployed, alreadyServing, nothingToRollBackTo
 */
export function rollbackTarget(state: ModelState, model: string, to?: string): Target {
  const current = serving(state);
  const served = changesOfService(state);
  const isCanary = state.canary?.phase === 'canary';
  if (current && isCanary && (to === undefined || to === current.version))
    return { version: current.version, image: current.image };
  if (to !== undefined) {
    const entry = served.findLast(({ version }) => version === to);
    if (!entry) {
      const deployed = [...new Set(served.map(({ version }) => version))];
      throw new RolloutError({ kind: 'neverDeployed', model, version: to, deployed });
    }
    if (current?.version === to) throw new RolloutError({ kind: 'alreadyServing', model, version: to });
    return { version: entry.version, image: entry.image };
  }
  const previous = deploymentStack(state).findLast(({ version }) => version !== current?.version);
  if (!current || !previous) throw new RolloutError({ kind: 'nothingToRollBackTo', model });
  return { version: previous.version, image: previous.image };
}

/**
 * Parses the stored documents; a malformed list is an error, never a guess.
 * @throws RolloutError listInvalid
 */
export function parseReleases(list: string | undefined, history: string | undefined): Releases {
  return { list: parseReleaseList(list), history: parseHistory(history) };
}

// The schema itself is checked by its tests, not by every command.
const isReleaseList = new Ajv({ validateSchema: false }).compile<ReleaseList>(releaseListSchema);

function parseReleaseList(text: string | undefined): ReleaseList {
  const value = parseJson(text ?? '', RELEASE_LIST.releases);
  if (!isReleaseList(value)) {
    const [error] = isReleaseList.errors ?? [];
    throw invalid(
      `${RELEASE_LIST.releases}${error?.instancePath ?? ''} ${error?.message ?? 'is no release list'}`,
    );
  }
  for (const [model, { versions, canary }] of Object.entries(value.models)) {
    const twice = versions.find(
      ({ version }, index) => versions.findIndex((each) => each.version === version) < index,
    );
    if (twice) throw invalid(`version ${twice.version} of ${model} is listed twice`);
    const total = versions.reduce((sum, { weight }) => sum + weight, 0);
    // 0: the first version is still starting.
    if (total !== 0 && total !== 100) {
      throw invalid(`the weights of ${model} add up to ${total}, not 100`);
    }
    for (const version of canary ? [canary.version, canary.champion] : []) {
      if (!versions.some((each) => each.version === version))
        throw invalid(`version ${version} of the canary of ${model} is not listed`);
    }
    if (canary?.until !== undefined && Number.isNaN(Date.parse(canary.until)))
      throw invalid(`the lease of the canary of ${model} ends at ${canary.until}, which is no time`);
  }
  return value;
}

function parseHistory(text: string | undefined): History {
  const value = parseJson(text ?? '', RELEASE_LIST.history) as Partial<History>;
  if (value.schema !== 1 || !Array.isArray(value.entries)) {
    throw invalid(`${RELEASE_LIST.history} does not have schema 1`);
  }
  return value as History;
}

function parseJson(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${key} is not JSON`);
  }
}

const invalid = (reason: string) => new RolloutError({ kind: 'listInvalid', reason });

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
