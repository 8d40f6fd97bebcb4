/** When a signal was sent, as the node's clock says; milliseconds since the epoch. */
export interface Kill {
  readonly before: number;
  readonly after: number;
}

interface Failed {
  readonly sentAt: number;
  readonly endedAt: number;
}

/**
 * A client learns later that a process is gone: by a packet, read when its own process has its turn on a busy machine.
 * What it sent on that connection meanwhile was lost with it.
 */
const LEARNS_MS = 100;

/** Failed requests that were not under way when any of the processes was killed: a kill explains none of them. */
export function notHeld<Request extends Failed>(
  failed: readonly Request[],
  kills: readonly Kill[],
): readonly Request[] {
  return failed.filter(
    ({ sentAt, endedAt }) =>
      !kills.some(({ before, after }) => sentAt <= after + LEARNS_MS && endedAt >= before),
  );
}
