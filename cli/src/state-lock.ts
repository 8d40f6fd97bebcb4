import type { V1Lease } from '@kubernetes/client-node';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE_LOCK, stateLockName } from '../../contracts/claims';
import { describeHolder } from '../../rollout/failures';
import type { Holder, Processes } from '../../rollout/ports';
import { isConflict, orUndefined, type Kubernetes } from './cluster/kubernetes';
import { errors } from './errors';
import { processes, terraformProcesses, whoAmI, type TerraformProcess } from './identity';

/** Terraform's own record of a lock (statemgr.LockInfo). */
interface LockInfo {
  readonly ID: string;
  readonly Operation: string;
  readonly Info: string;
  readonly Who: string;
  readonly Version: string;
  readonly Created: string;
  readonly Path: string;
}

/** What `mlops` adds under LockInfo.Info. */
interface OwnInfo {
  readonly holder: Holder;
  /** Working folder of its Terraform, which may outlive it. */
  readonly folder: string;
}

export interface LockRequest {
  readonly stack: string;
  readonly operation: string;
  /** Absolute path of the stack's folder. */
  readonly folder: string;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

export interface LockMachine {
  readonly host: string;
  readonly processes: Processes;
  readonly terraform: () => readonly TerraformProcess[] | undefined;
  readonly patienceSeconds: number;
  readonly pollSeconds: number;
}

const thisMachine: LockMachine = {
  host: hostname(),
  processes: processes(),
  terraform: terraformProcesses,
  patienceSeconds: 300,
  pollSeconds: 1,
};

/**
 * Holds Terraform's own state lock of a stack while `work` runs, so that plain `cdktf deploy` and CI respect it:
 * healing and applying must happen under one lock, without a gap. Terraform inside needs `-lock=false`.
 * @throws UserError stateLocked when somebody holds it for longer than we wait, interrupted
 */
export async function withStateLock<T>(
  kubernetes: Kubernetes,
  request: LockRequest,
  work: () => Promise<T>,
  machine: LockMachine = thisMachine,
): Promise<T> {
  const id = await acquire(kubernetes, request, machine);
  try {
    return await work();
  } finally {
    await release(kubernetes, request.stack, id);
  }
}

async function acquire(kubernetes: Kubernetes, request: LockRequest, machine: LockMachine): Promise<string> {
  const { stack, signal, report } = request;
  const deadline = Date.now() + machine.patienceSeconds * 1000;
  const own = ownLock(request, machine);
  let told = '';
  for (;;) {
    if (signal.aborted) throw errors.interrupted();
    const lease = await read(kubernetes, stack);
    const held = lease?.spec?.holderIdentity ? infoOf(lease) : undefined;
    if (held === undefined || isDead(held, machine)) {
      if (held) report(`taking over the lock of ${describeLock(held)}, which is dead`);
      if (await write(kubernetes, stack, lease, own)) return own.ID;
      continue;
    }
    if (Date.now() >= deadline) throw errors.stateLocked(stack, describeLock(held), held.Created);
    if (told !== held.ID)
      report(`waiting for ${describeLock(held)}, which has held stack ${stack} since ${held.Created}`);
    told = held.ID;
    await sleep(machine.pollSeconds * 1000);
  }
}

/** Releases the lock, unless it is gone or was taken over. */
async function release(kubernetes: Kubernetes, stack: string, id: string): Promise<void> {
  for (;;) {
    const lease = await read(kubernetes, stack).catch(() => undefined);
    if (lease?.spec?.holderIdentity !== id) return;
    try {
      if (await write(kubernetes, stack, lease, undefined)) return;
    } catch {
      return; // The Lease stays; others find its holder dead.
    }
  }
}

async function read({ coordination }: Kubernetes, stack: string): Promise<V1Lease | undefined> {
  const { namespace } = STATE_LOCK;
  return orUndefined(coordination.readNamespacedLease({ name: stateLockName(stack), namespace }));
}

/** @returns whether nobody else wrote first */
async function write(
  { coordination }: Kubernetes,
  stack: string,
  found: V1Lease | undefined,
  info: LockInfo | undefined,
): Promise<boolean> {
  const { namespace, labels } = STATE_LOCK;
  const name = stateLockName(stack);
  const annotations = Object.entries(found?.metadata?.annotations ?? {}).filter(
    ([key]) => key !== STATE_LOCK.info,
  );
  if (info) annotations.push([STATE_LOCK.info, JSON.stringify(info)]);
  const body: V1Lease = {
    metadata: {
      ...found?.metadata,
      name,
      namespace,
      labels: { ...found?.metadata?.labels, ...labels(stack) },
      annotations: Object.fromEntries(annotations),
    },
    spec: info === undefined ? {} : { holderIdentity: info.ID },
  };
  try {
    await (found
      ? coordination.replaceNamespacedLease({ name, namespace, body })
      : coordination.createNamespacedLease({ namespace, body }));
    return true;
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
}

function ownLock({ operation, folder, command }: LockRequest, machine: LockMachine): LockInfo {
  const own: OwnInfo = { holder: { ...machine.processes.self, command }, folder };
  return {
    ID: randomUUID(),
    Operation: operation,
    Info: JSON.stringify(own),
    Who: whoAmI(),
    Version: '',
    Created: new Date().toISOString(),
    Path: '',
  };
}

function infoOf({ metadata, spec }: V1Lease): LockInfo {
  const id = spec?.holderIdentity ?? '';
  const unknown = {
    ID: id,
    Operation: '',
    Info: '',
    Who: 'somebody',
    Version: '',
    Created: 'unknown',
    Path: '',
  };
  return {
    ...unknown,
    ...(parse(metadata?.annotations?.[STATE_LOCK.info]) as Partial<LockInfo> | undefined),
  };
}

function ownInfoOf({ Info }: LockInfo): OwnInfo | undefined {
  const own = parse(Info) as Partial<OwnInfo> | undefined;
  return own?.holder && own.folder !== undefined ? { holder: own.holder, folder: own.folder } : undefined;
}

/** Proven dead: a process of this machine that is gone, along with every Terraform it may have started. */
function isDead(info: LockInfo, { host, processes: known, terraform }: LockMachine): boolean {
  const running = terraform();
  if (running === undefined) return false;
  const own = ownInfoOf(info);
  if (own) {
    // A Terraform whose folder we cannot read may be its child.
    const survivors = running.filter(({ folder }) => folder === undefined || folder === own.folder);
    return known.liveness(own.holder) === 'dead' && survivors.length === 0;
  }
  // Terraform itself writes no process number.
  return info.Who.endsWith(`@${host}`) && running.length === 0;
}

function describeLock(info: LockInfo): string {
  const own = ownInfoOf(info);
  return own ? describeHolder(own.holder) : info.Who;
}

function parse(text: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
