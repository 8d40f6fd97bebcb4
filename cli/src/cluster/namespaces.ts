import type { V1Namespace } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE } from '../../../contracts/namespaces';
import { LABEL, PART_OF } from '../../../contracts/objects';
import { errors } from '../errors';
import { orUndefined, type Kubernetes } from './kubernetes';

type Core = Pick<Kubernetes, 'core'>;

/** How long Kubernetes may take to empty a namespace. */
const PATIENCE_S = 180;

/** Namespaces with the platform's names that somebody else made: `mlops down` would delete what is in them. */
export async function foreignNamespaces({ core }: Core): Promise<readonly string[]> {
  const names = Object.values(NAMESPACE);
  const found = await Promise.all(names.map((name) => orUndefined(core.readNamespace({ name }))));
  return names.filter((_, index) => found[index] !== undefined && !isOurs(found[index]));
}

/**
 * Creates a namespace with the platform's label unless it is there; one that is being deleted is waited for.
 * @throws UserError namespaceStays
 */
export async function ensureNamespace(
  { core }: Core,
  name: string,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const existing = await orUndefined(core.readNamespace({ name }));
  if (existing && existing.metadata?.deletionTimestamp === undefined) return;
  if (existing) await gone({ core }, name, signal);
  await core.createNamespace({
    body: { metadata: { name, labels: { [LABEL.partOf]: PART_OF, ...labels } } },
  });
}

/**
 * Deletes a namespace that the platform made, and waits until it is gone: a new `mlops up` could not use it.
 * @throws UserError namespaceStays
 */
export async function removeNamespace({ core }: Core, name: string, signal: AbortSignal): Promise<string> {
  const existing = await orUndefined(core.readNamespace({ name }));
  if (!existing) return `${name} is not there`;
  if (!isOurs(existing)) return `${name} stays: it is not of this platform`;
  await orUndefined(core.deleteNamespace({ name }));
  await gone({ core }, name, signal);
  return `removed ${name}`;
}

async function gone({ core }: Core, name: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + PATIENCE_S * 1000;
  for (;;) {
    const left = await orUndefined(core.readNamespace({ name }));
    if (!left) return;
    if (signal.aborted) throw errors.interrupted();
    if (Date.now() > deadline) {
      const reasons = left.status?.conditions?.filter(({ status }) => status === 'True') ?? [];
      throw errors.namespaceStays(name, reasons.map(({ message = '' }) => message).join('; '), PATIENCE_S);
    }
    await sleep(500);
  }
}

const isOurs = ({ metadata }: V1Namespace) => metadata?.labels?.[LABEL.partOf] === PART_OF;
