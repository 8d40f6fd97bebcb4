import { setTimeout as sleep } from 'node:timers/promises';
import type { Ports, ModelRegistry } from '../../../rollout/ports';
import { claimStore } from '../../../rollout/kubernetes/claim-store';
import { releaseDocument } from '../../../rollout/kubernetes/release-document';
import { NAMESPACE } from '../../../contracts/namespaces';
import { releaseName } from '../../../contracts/release-list';
import { waitForReplicas } from '../cluster/readiness';
import { errors } from '../errors';
import { gatewayOf } from '../../../rollout/kubernetes/gateway';
import { processes } from '../identity';
import { withOciRegistry } from '../oci-registry';
import { withEndpoint, withMlflow, type Session } from '../session';
import { currentStacks } from '../stacks';
import type { ReplayPorts } from '../../../rollout/replay/ports';
import { qualityModels } from '../../../stacks/shared/quality-models';
import { withPredictionLog } from '../prediction-log';
import { decider } from './decide';
import { labelledRows, newestRows } from './labelled-rows';

const STACK = 'serving';
/** Longest time to find tens of thousands of rows in the log. */
const QUERY_MS = 60_000;

/** The rollout's ports on a session's platform. Everything is resolved lazily. */
export function portsOf(session: Session, report: (line: string) => void): Ports {
  const kubernetes = session.kubernetes();
  return {
    document: releaseDocument(kubernetes),
    claims: claimStore(kubernetes),
    processes: processes(),
    cluster: {
      apply: async ({ thorough }) => {
        await currentStacks(session);
        await session.terraform.apply(STACK, { report, thorough });
      },
      proveCapacity: (model, version) =>
        waitForReplicas(kubernetes, session.signal, {
          name: releaseName(model, version),
          namespace: NAMESPACE.serving,
          replicas: session.config.models[model]?.replicas ?? 1,
        }),
    },
    gateway: gatewayOf({
      kubernetes,
      signal: session.signal,
      failures: errors,
      withAddress: (use) => withEndpoint(session, 'gateway', use),
    }),
    registry: registryOf(session),
    replay: replayOf(session),
    clock: {
      now: () => new Date(),
      every: (seconds, callback) => {
        const timer = setInterval(callback, seconds * 1000);
        return () => {
          clearInterval(timer);
        };
      },
      sleep: (seconds) => sleep(seconds * 1000),
    },
  };
}

/** The prediction log of the platform's PostgreSQL, and the versions behind the gateway. */
function replayOf(session: Session): ReplayPorts {
  return {
    log: {
      labelled: (question) => {
        const days =
          qualityModels(session.config).find(({ name }) => name === question.model)?.labelDays ?? 0;
        return withPredictionLog(session, (client) => labelledRows(client, question, days), QUERY_MS);
      },
      newest: (model, most) =>
        withPredictionLog(session, (client) => newestRows(client, model, most), QUERY_MS),
    },
    decide: (model, version, rows) =>
      withEndpoint(session, 'gateway', (address) => decider(address)(model, version, rows)),
  };
}

/** MLflow, with the packages in the OCI registry. */
function registryOf(session: Session): ModelRegistry {
  return {
    deployable: (model, version) => deployable(session, model, version),
    alias: (model, alias) => withMlflow(session, async (mlflow) => (await mlflow.aliases(model))[alias]),
    setAlias: (model, alias, version) =>
      withMlflow(session, (mlflow) => mlflow.setAlias(model, alias, version)),
  };
}

/**
 * Checks that a registered version is deployable: it is packaged, and its package in the OCI registry is the one that
 * MLflow recorded.
 * @throws UserError unknownVersion, notPackaged, packageMissing, digestMismatch, unavailable
 */
async function deployable(session: Session, model: string, version: string) {
  const versions = await withMlflow(session, (mlflow) => mlflow.versions(model));
  const found = versions.find((each) => each.version === version);
  if (!found) {
    const known = versions.map((each) => each.version);
    throw errors.unknownVersion(model, version, known);
  }
  const { image, image_digest: recorded } = found.tags;
  if (image === undefined || recorded === undefined) throw errors.notPackaged(model, version);
  const stored = await withOciRegistry(session, 'read', (registry) =>
    registry.digest(`models/${model}:${version}`),
  );
  if (stored === undefined) throw errors.packageMissing(model, version, recorded);
  if (stored !== recorded || !image.endsWith(`@${recorded}`)) {
    throw errors.digestMismatch(model, version, stored, recorded);
  }
  return { version, image };
}
