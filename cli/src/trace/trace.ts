import type { HistoryEntry } from '../../../contracts/release-list';
import type { Releases } from '../../../rollout/releases';
import type { Logs } from '../logs/read';
import { requestOf } from '../logs/line';
import type { ModelVersion } from '../mlflow';
import type { Prediction } from './prediction';

/** What is known of one step back; `missing` says why nothing is. */
export type Link<T> =
  (T & { readonly state: 'known' }) | { readonly state: 'missing'; readonly reason: string };

export interface Trace {
  readonly id: string;
  readonly prediction: Link<Prediction>;
  readonly pod: Link<{ readonly name: string; readonly address: string }>;
  readonly image: Link<{ readonly image: string; readonly source: string }>;
  readonly run: Link<{ readonly runId: string; readonly createdAt: string }>;
  readonly dataset: Link<{ readonly digest: string }>;
  readonly commit: Link<{ readonly commit: string }>;
  /** Page of the CI's build that trained or packaged the version. */
  readonly build: Link<{ readonly url: string }>;
  /** Where two records of the same thing differ. */
  readonly contradictions: readonly string[];
}

/** Where the links are looked up; each may fail without the others. */
export interface TraceSources {
  prediction(id: string): Promise<Prediction | undefined>;
  logs(model: string, request: string): Promise<Logs>;
  /** Pods by IP address, of those that run now. */
  podNames(model: string): Promise<Readonly<Record<string, string>>>;
  releases(): Promise<Releases>;
  versions(model: string): Promise<readonly ModelVersion[]>;
}

const missing = (reason: string) => ({ state: 'missing', reason }) as const;

/** From a prediction back to the commit, as far as the records go. Never throws for a source that fails. */
export async function traceBack(sources: TraceSources, id: string): Promise<Trace> {
  const prediction = await link(async () => {
    const found = await sources.prediction(id);
    return (
      found ??
      'the prediction log has no such id: it was never stored, not stored yet, or is beyond retention'
    );
  });
  if (prediction.state === 'missing') {
    const unknown = missing('the prediction is not known');
    const rest = {
      pod: unknown,
      image: unknown,
      run: unknown,
      dataset: unknown,
      commit: unknown,
      build: unknown,
    };
    return { id, prediction, ...rest, contradictions: [] };
  }
  const { model, version } = prediction;
  const [pod, image, registered] = await Promise.all([
    link(() => podOf(sources, prediction)),
    link(async () => imageOf(await sources.releases(), prediction)),
    link(async () => {
      const found = (await sources.versions(model)).find((each) => each.version === version);
      return found ?? `MLflow has no version ${version} of ${model}`;
    }),
  ]);
  const tag = (name: string) =>
    registered.state === 'missing'
      ? registered.reason
      : (registered.tags[name] ?? `version ${version} has no tag ${name} in MLflow`);
  const tagged = <T extends object>(name: string, make: (value: string) => T): Link<T> =>
    registered.state === 'known' && registered.tags[name] !== undefined
      ? { ...make(registered.tags[name]), state: 'known' }
      : missing(tag(name));
  return {
    id,
    prediction,
    pod,
    image,
    run:
      registered.state === 'missing'
        ? registered
        : { state: 'known', runId: registered.runId, createdAt: registered.createdAt },
    dataset: tagged('dataset_digest', (digest) => ({ digest })),
    commit: tagged('git_commit', (commit) => ({ commit })),
    build: tagged('build_url', (url) => ({ url })),
    contradictions: contradictionsOf(image, registered),
  };
}

/** The pod that answered last, as the gateway noted it. */
async function podOf(sources: TraceSources, { predictionId, model }: Prediction) {
  const { lines } = await sources.logs(model, requestOf(predictionId));
  const noted = lines.map(({ fields }) => fields?.pod).filter((each) => typeof each === 'string');
  const address = noted.at(-1)?.split(', ').at(-1) ?? '';
  if (address === '')
    return "the gateway's log no longer has the request, or knows it by another id (its x-request-id)";
  const names = await sources.podNames(model);
  const name = names[address.replace(/:\d+$/, '')] ?? 'a pod that no longer runs';
  return { name, address };
}

/** The image that the version had when it answered. */
function imageOf({ list, history }: Releases, { model, version, at }: Prediction) {
  const deployed = history.entries.findLast(
    (entry: HistoryEntry) => entry.model === model && entry.version === version && entry.at <= at,
  );
  if (deployed !== undefined)
    return { image: deployed.image, source: `deployed ${deployed.at} by ${deployed.by}` };
  const running = list.models[model]?.versions.find((each) => each.version === version);
  if (running !== undefined) return { image: running.image, source: 'release list' };
  return `neither release list nor history names version ${version}`;
}

function contradictionsOf(image: Trace['image'], registered: Link<ModelVersion>): readonly string[] {
  if (image.state === 'missing' || registered.state === 'missing') return [];
  const digest = registered.tags.image_digest;
  if (digest === undefined || image.image.endsWith(`@${digest}`)) return [];
  return [`MLflow recorded another image for the version: ${digest}`];
}

async function link<T extends object>(look: () => Promise<T | string>): Promise<Link<T>> {
  try {
    const found = await look();
    return typeof found === 'string' ? missing(found) : { ...found, state: 'known' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [what = '', got] = text.split('\n');
    return missing(got === undefined ? what : `${what} ${got.replace(/^\s*got:\s*/, '')}`);
  }
}
