import { releaseName } from '../../../contracts/release-list';
import { clearRecords, helmReleases, isCutOff, isOurs, uninstall, type HelmRelease } from './helm-releases';
import type { Kubernetes } from './kubernetes';
import { readReleases } from '../../../rollout/kubernetes/release-document';

/** The Helm releases of a stack, from its Terraform JSON. */
export interface StackReleases {
  readonly namespace: string;
  /** Undefined for the versions of the release list. */
  readonly name: string | undefined;
}

export interface HealOptions {
  /** Releases in Terraform's state, asked for only where versions run that the list does not have. */
  readonly recorded: () => Promise<readonly string[]>;
  readonly thorough: boolean;
  readonly report: (line: string) => void;
}

const VERSION = /^[a-z][a-z0-9-]*-v\d+$/;

/**
 * Clears what killed Helm operations left of a stack's releases. Call it under the stack's state lock: then no
 * other command works on them. Releases that are not ours stay.
 */
export async function healReleases(
  kubernetes: Kubernetes,
  stack: readonly StackReleases[],
  { recorded, thorough, report }: HealOptions,
): Promise<void> {
  for (const namespace of new Set(stack.map((each) => each.namespace))) {
    const names = stack.filter((each) => each.namespace === namespace).map(({ name }) => name);
    const ofStack = ({ name }: HelmRelease) =>
      names.includes(name) || (names.includes(undefined) && VERSION.test(name));
    const releases = (await helmReleases(kubernetes, namespace)).filter(
      (each) => ofStack(each) && isOurs(each),
    );
    const wanted = new Set(names.includes(undefined) ? [...names, ...(await listed(kubernetes))] : names);
    for (const release of releases.filter(isCutOff)) {
      if (wanted.has(release.name)) {
        report(`clearing Helm's record of ${release.name}, which was interrupted (${release.status})`);
        await clearRecords(kubernetes, release);
      } else {
        report(`removing ${release.name}, which was interrupted (${release.status}) and is not wanted`);
        await uninstall(kubernetes, release);
      }
    }
    const unwanted = releases.filter((each) => !isCutOff(each) && !wanted.has(each.name));
    if (!thorough || unwanted.length === 0) continue;
    const known = await recorded();
    // Terraform removes what is in its state, after the gateway has dropped it.
    for (const release of unwanted.filter(({ name }) => !known.includes(name))) {
      report(`removing ${release.name}, which a killed run created but did not record`);
      await uninstall(kubernetes, release);
    }
  }
}

async function listed(kubernetes: Kubernetes): Promise<readonly string[]> {
  const { list } = await readReleases(kubernetes);
  return Object.entries(list.models).flatMap(([model, { versions }]) =>
    versions.map(({ version }) => releaseName(model, version)),
  );
}
