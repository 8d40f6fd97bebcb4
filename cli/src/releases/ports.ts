import { setTimeout as sleep } from 'node:timers/promises';
import type { Ports, ModelRegistry } from '../../../rollout/ports';
import { claimStore } from '../../../rollout/kubernetes/claim-store';
import { releaseDocument } from '../../../rollout/kubernetes/release-document';
import { errors } from '../errors';
import { gatewayOf } from '../../../rollout/kubernetes/gateway';
import { processes } from '../identity';
import { withOciRegistry } from '../oci-registry';
import { withEndpoint, withMlflow, type Session } from '../session';
import { currentStacks } from '../stacks';

const STACK = 'serving';

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
    },
    gateway: gatewayOf({
      kubernetes,
      signal: session.signal,
      failures: errors,
      withAddress: (use) => withEndpoint(session, 'gateway', use),
    }),
    registry: registryOf(session),
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
