import { describeHolder, RolloutError } from './failures';
import type { ClaimRecord, ClaimStore, Clock, Holder, Processes } from './ports';

/** How long a claim outlives its last renewal. */
const SECONDS = 15;
const RENEW_SECONDS = 5;

/** The right to change one model's releases, until it is released or this process dies. */
export interface Claim {
  /** What an earlier command left unfinished. */
  readonly unfinished: string | undefined;
  /** Whether somebody took it over, because this process did not renew it in time. */
  isLost(): boolean;
  /** @param clean whether nothing is left for the next command to finish or remove */
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
  // One after another: a release must not meet a renewal on its way.
  let queue = Promise.resolve();
  const stop = clock.every(RENEW_SECONDS, () => {
    queue = queue.then(async () => {
      const renewed = await claims.write(model, revision, record()).catch(() => revision);
      if (renewed !== undefined) {
        revision = renewed;
        return;
      }
      // An earlier renewal may have arrived although its answer did not.
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
      // A claim that cannot be given back runs out, or is found to be a dead process'.
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
    // The clocks of two machines differ: only a claim that nobody renews while we watch has run out.
    await clock.sleep(RENEW_SECONDS * 1.5);
    if ((await claims.read(model))?.revision === revision) return;
  }
  throw claimed(model, record);
}

async function heldByWinner(claims: ClaimStore, model: string): Promise<RolloutError> {
  const winner = await claims.read(model);
  return winner?.record.holder
    ? claimed(model, winner.record)
    : new RolloutError({ kind: 'changed', model, change: 'another command was faster, and is done' });
}

function claimed(model: string, { holder, acquired }: ClaimRecord): RolloutError {
  const who = holder ? describeHolder(holder) : 'somebody';
  return new RolloutError({ kind: 'claimed', model, holder: who, since: acquired.toISOString() });
}
