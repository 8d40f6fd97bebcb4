import { setTimeout as sleep } from 'node:timers/promises';
import { REPLAY_HEADER } from '../../../contracts/canary';
import { reasonOf } from '../../../contracts/reason';
import { RowsRefused, type Decide } from '../../../rollout/replay/ports';

const TIMEOUT_MS = 10_000;
/** How long a version may be unknown to a gateway pod, or not answer, and the pause before it is asked again. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 500;

interface Answer {
  readonly model_version?: string;
  readonly predictions?: readonly { readonly decision: boolean }[];
}

/**
 * Asks a version by its number, as no client does: neither the log, nor drift, nor the gateway's counters keep it.
 * @param address the gateway's, without a trailing slash
 */
export function decider(address: string, patienceMs = PATIENCE_MS): Decide {
  return async (model, version, rows) => {
    const url = `${address}/v1/models/${model}/predict`;
    const body = JSON.stringify({ records: rows });
    const deadline = Date.now() + patienceMs;
    let reason = '';
    for (let pause = 0; Date.now() + pause <= deadline; pause = PAUSE_MS) {
      await sleep(pause);
      let status: number;
      let text: string;
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-model-version': version, [REPLAY_HEADER]: '1' },
          body,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        ({ status } = response);
        text = await response.text();
      } catch (error) {
        reason = reasonOf(error);
        continue;
      }
      if (status === 200) return decisionsOf(JSON.parse(text) as Answer, version, url);
      reason = `HTTP ${String(status)}: ${text.slice(0, 300)}`;
      if (status === 400 || status === 422) throw new RowsRefused(reason);
      if (status < 500 && status !== 404) break;
    }
    throw new Error(`${url}: ${reason}`);
  };
}

function decisionsOf({ model_version, predictions = [] }: Answer, version: string, url: string): boolean[] {
  if (model_version !== version)
    throw new Error(`${url}: version ${model_version ?? 'unknown'} answered, not version ${version}`);
  return predictions.map(({ decision }) => decision);
}
