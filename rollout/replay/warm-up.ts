import { reasonOf } from '../../contracts/reason';
import type { ReplayPorts } from './ports';

/** Single rows, as clients send them: enough for every pod to have compiled its hot path. */
const REQUESTS = 400;
const AT_ONCE = 4;

export interface WarmUp {
  readonly answered: number;
  /** Why there are not more, in words; undefined when all were answered. */
  readonly why?: string;
}

/** Asks a version that has no traffic what was asked lately, so that its first clients meet a warm one. */
export async function warmUp(
  { log, decide }: ReplayPorts,
  model: string,
  version: string,
  signal: AbortSignal,
): Promise<WarmUp> {
  let answered = 0;
  try {
    const rows = await log.newest(model, REQUESTS);
    if (rows.length === 0) return { answered, why: 'the prediction log has no rows' };
    let next = 0;
    const ask = async () => {
      for (let at = next++; at < REQUESTS && !signal.aborted; at = next++) {
        const row = rows[at % rows.length];
        if (row !== undefined) await decide(model, version, [row]);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
  } catch (error) {
    return { answered, why: reasonOf(error) };
  }
  return signal.aborted ? { answered, why: 'it was interrupted' } : { answered };
}
