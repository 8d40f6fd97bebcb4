import { describeHolder, RolloutError } from './failures';
import type { ClaimRecord, ClaimStore, Clock, Holder, Processes } from './ports';

/** How long a claim outlives its last renewal. */
const SECONDS = 15;
const RENEW_SECONDS = 5;

/** The right to change one model's releases, until it is released or this process dies. */
export interface Claim {
  /** The earlier command that did not finish, if any. */
  readonly unfinished: string | undefined;
  /** Whether it was taken over because this process did not renew it in time. */
  isLost(): boolean;
  /** @param clean whether nothing is left for the next command to complete or remove */
  release(clean: boolean): Promise<void>;
}

export interface ClaimPorts {
  readonly claims: ClaimStore;
  readonly processes: Processes;
  readonly clock: Clock;
}

/**
 * Takes the claim on a model, and renews it until it is released.
 * @throws RolloutError claimed, when a process that may be alive has it
 */
export async function takeClaim(ports: ClaimPorts, model: string, command: string): Promise<Claim> {
  const { claims, processes, clock } = ports;
  const found = await claims.read(model);
  if (found) await refuseIfHeld(ports, model, found.record, found.revision);
  const self: Holder = { ...processes.self, command };
  const acquired = clock.now();
  const record = (): ClaimRecord => ({
    holder: self,
    acquired,
    renewed: clock.now(),
    seconds: SECONDS,
    unfinished: command,
  });
  const taken = await claims.write(model, found?.revision, record());
  if (taken === undefined) throw await heldByWinner(claims, model);

  let revision = taken;
  let lost = false;
  // Serialized: a release must not race a renewal.
  let queue = Promise.resolve();
  const stop = clock.every(RENEW_SECONDS, () => {
    queue = queue.then(async () => {
      const renewed = await claims.write(model, revision, record()).catch(() => revision);
      if (renewed !== undefined) {
        revision = renewed;
        return;
      }
      // An earlier renewal may have arrived even though its response was lost.
      const found = await claims.read(model).catch(() => undefined);
      if (found && JSON.stringify(found.record.holder) === JSON.stringify(self)) revision = found.revision;
      else if (found) lost = true;
    });
  });
  return {
    unfinished: found?.record.unfinished,
    isLost: () => lost,
    release: async (clean) => {
      stop();
      await queue;
      if (lost) return;
      const unfinished = clean ? undefined : command;
      // A claim that cannot be released expires, or its holder is found dead.
      await claims
        .write(model, revision, { ...record(), holder: undefined, unfinished })
        .catch(() => undefined);
    },
  };
}

async function refuseIfHeld(
  { claims, processes, clock }: ClaimPorts,
  model: string,
  record: ClaimRecord,
  revision: string,
): Promise<void> {
  if (!record.holder) return;
  const liveness = processes.liveness(record.holder);
  if (liveness === 'dead') return;
  const expired = clock.now().getTime() - record.renewed.getTime() > record.seconds * 1000;
  if (liveness === 'unknown' && expired) {
    // Clocks of two machines differ: a claim has expired only if it is not renewed while we watch.
    await clock.sleep(RENEW_SECONDS * 1.5);
    if ((await claims.read(model))?.revision === revision) return;
  }
  throw claimed(model, record);
}

async function heldByWinner(claims: ClaimStore, model: string): Promise<RolloutError> {
  const winner = await claims.read(model);
  return winner?.record.holder
    ? claimed(model, winner.record)
    : new RolloutError({
        kind: 'changed',
        model,
        change: 'another command took the claim first and has already finished',
      });
}

function claimed(model: string, { holder, acquired }: ClaimRecord): RolloutError {
  const who = holder ? describeHolder(holder) : 'somebody';
  return new RolloutError({ kind: 'claimed', model, holder: who, since: acquired.toISOString() });
}
