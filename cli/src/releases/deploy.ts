import { reasonOf } from '../cluster/kubernetes';
import { manifestDigest } from '../oci';
import { errors } from '../errors';
import { nudgingGateway, syncGateway } from '../gateway';
import type { ModelVersion } from '../mlflow';
import { modelSettings, withEndpoint, withMlflow, type Platform } from '../platform';
import type { Step } from '../render/steps';
import {
  recorded,
  rollbackTarget,
  serving,
  versionsOf,
  withAllTraffic,
  withStandby,
  type History,
  type HistoryEntry,
  type Release,
  type ReleaseList,
} from './release-list';
import { readReleases, saveReleases, type StoredReleases } from './release-store';

const STACK = 'serving';

type Target = Omit<Release, 'weight'>;

/** Splits MODEL@VERSION. @throws UserError malformedModelVersion */
export function parseModelVersion(text: string): { model: string; version: string } {
  const match = /^([a-z][a-z0-9-]*)@(\d+)$/.exec(text);
  if (!match) throw errors.malformedModelVersion(text);
  const [, model = '', version = ''] = match;
  return { model, version };
}

/**
 * Checks that a registered version may be deployed: packaged, and its package in the image registry is the one
 * that MLflow recorded.
 * @throws UserError unknownVersion, notPackaged, packageMissing, digestMismatch, unavailable
 */
export async function deployable(platform: Platform, model: string, version: string): Promise<Target> {
  const versions = await withMlflow(platform, (mlflow) => mlflow.versions(model));
  const found: ModelVersion | undefined = versions.find((each) => each.version === version);
  if (!found) {
    throw errors.unknownVersion(
      model,
      version,
      versions.map((each) => each.version),
    );
  }
  const { image, image_digest: recordedDigest } = found.tags;
  if (image === undefined || recordedDigest === undefined) throw errors.notPackaged(model, version);
  const inRegistry = await withEndpoint(platform, 'registry', (address) =>
    manifestDigest(address, `models/${model}`, version),
  );
  if (inRegistry === undefined) throw errors.packageMissing(model, version, recordedDigest);
  if (inRegistry !== recordedDigest || !image.endsWith(`@${recordedDigest}`)) {
    throw errors.digestMismatch(model, version, inRegistry, recordedDigest);
  }
  return { version, image };
}

/** The steps of `mlops deploy`. Every failure puts the former release list back in force. */
export function deploySteps(platform: Platform, model: string, version: string): readonly Step[] {
  const { keep } = modelSettings(platform, model);
  let target: Target;
  let before: StoredReleases;
  let current: StoredReleases;
  return [
    {
      title: `Check ${model} version ${version}`,
      run: async () => {
        target = await deployable(platform, model, version);
        before = current = await readReleases(platform.kubernetes());
        if (serving(before.list, model)?.version === version) throw errors.alreadyServing(model, version);
        // Also proves that MLflow accepts writes before anything changes.
        await withMlflow(platform, (mlflow) => mlflow.setAlias(model, 'challenger', version));
        return `Checked ${model} version ${version}: ${target.image.slice(target.image.indexOf('@') + 1, 26 + target.image.indexOf('@'))}…`;
      },
    },
    {
      title: `Start version ${version} without traffic`,
      run: async (report) => {
        await undoOnFailure(platform, before, async () => {
          current = await bringIntoForce(
            platform,
            current,
            withStandby(before.list, model, target),
            before.history,
            report,
          );
          await proveReady(platform, model, version);
        });
      },
    },
    {
      title: `Send the traffic to version ${version}`,
      run: async (report) => {
        await undoOnFailure(platform, before, async () => {
          const list = withAllTraffic(current.list, before.history, model, version, keep);
          const entry = newEntry(platform, 'deploy', model, target, serving(before.list, model));
          current = await bringIntoForce(platform, current, list, recorded(before.history, entry), report);
          await withMlflow(platform, (mlflow) => mlflow.setAlias(model, 'champion', version));
        });
        return `${model} version ${version} serves`;
      },
    },
  ];
}

/** The steps of `mlops rollback`. It needs neither MLflow nor the image registry to be up. */
export function rollbackSteps(platform: Platform, model: string, to?: string): readonly Step[] {
  const { keep } = modelSettings(platform, model);
  let target: Target;
  let before: StoredReleases;
  let switched: StoredReleases;
  return [
    {
      title: `Find what ${model} goes back to`,
      run: async () => {
        before = await readReleases(platform.kubernetes());
        target = rollbackTarget(before.list, before.history, model, to);
        return `Back from version ${serving(before.list, model)?.version ?? 'none'} to version ${target.version}`;
      },
    },
    {
      title: 'Bring it back',
      run: async (report) => {
        const isRunning = versionsOf(before.list, model).some(({ version }) => version === target.version);
        await undoOnFailure(platform, before, async () => {
          let current = before;
          if (!isRunning) {
            const list = withStandby(before.list, model, target);
            current = await bringIntoForce(platform, current, list, before.history, report);
          }
          const list = withAllTraffic(current.list, before.history, model, target.version, keep);
          const entry = newEntry(platform, 'rollback', model, target, serving(before.list, model));
          switched = await bringIntoForce(platform, current, list, recorded(before.history, entry), report);
        });
        return `${model} version ${target.version} serves again`;
      },
    },
    {
      title: 'Tell MLflow',
      run: async () => {
        await reconcileAlias(platform, switched.list, model);
        return `MLflow: champion is version ${target.version}`;
      },
    },
  ];
}

/** Points MLflow's alias at what serves: the release list is the truth, the alias follows it. */
export async function reconcileAlias(platform: Platform, list: ReleaseList, model: string): Promise<void> {
  const current = serving(list, model);
  if (!current) return;
  await withMlflow(platform, async (mlflow) => {
    const { champion } = await mlflow.aliases(model);
    if (champion !== current.version) await mlflow.setAlias(model, 'champion', current.version);
  });
}

/** Stores a release list and makes the cluster follow it: pods through Terraform, weights in the gateway. */
async function bringIntoForce(
  platform: Platform,
  read: StoredReleases,
  list: ReleaseList,
  history: History,
  report: (line: string) => void,
): Promise<StoredReleases> {
  const stored = await saveReleases(platform.kubernetes(), read, list, history);
  await nudgingGateway(platform.kubernetes(), () => platform.terraform.apply(STACK, report));
  if (!(await syncGateway(platform.kubernetes(), platform.signal))) {
    if (platform.signal.aborted) throw errors.interrupted();
    const [model = '?', { versions } = { versions: [] }] = Object.entries(list.models)[0] ?? [];
    throw errors.gatewayNotSwitched(model, versions.find(({ weight }) => weight > 0)?.version ?? 'none', 60);
  }
  return stored;
}

/** The new version answers through the gateway, asked for by name, before it gets anybody's traffic. */
async function proveReady(platform: Platform, model: string, version: string): Promise<void> {
  await withEndpoint(platform, 'gateway', async (address) => {
    const url = `${address}/v2/models/${model}/versions/${version}/ready`;
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
      throw errors.noAnswer(model, url, reasonOf(error));
    });
    if (!response.ok) throw errors.noAnswer(model, url, `HTTP ${String(response.status)}`);
  });
}

/**
 * On failure the former list is stored and brought into force again. An interrupted command leaves the list as
 * it is: the next `mlops` command or `cdktf deploy serving` finishes the job, and nothing serves half a version.
 */
async function undoOnFailure(
  platform: Platform,
  before: StoredReleases,
  attempt: () => Promise<void>,
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!platform.signal.aborted) await restore(platform, before).catch(() => undefined);
    throw error;
  }
}

async function restore(platform: Platform, before: StoredReleases): Promise<void> {
  const now = await readReleases(platform.kubernetes());
  if (JSON.stringify(now.list) === JSON.stringify(before.list)) return;
  await saveReleases(platform.kubernetes(), now, before.list, before.history);
  await platform.terraform.apply(STACK);
  await syncGateway(platform.kubernetes(), platform.signal);
}

function newEntry(
  platform: Platform,
  action: HistoryEntry['action'],
  model: string,
  { version, image }: Target,
  from: Release | undefined,
): HistoryEntry {
  const at = new Date().toISOString();
  return { at, by: platform.user, action, model, version, from: from?.version ?? null, image, note: '' };
}
