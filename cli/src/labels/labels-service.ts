import { setTimeout as sleep } from 'node:timers/promises';
import type { Label, LabelOutcomes, LabelsAccepted } from '../../../contracts/labels';
import { reasonOf } from '../cluster/kubernetes';
import { errors, UserError } from '../errors';

export interface LabelsAccess {
  /** The gateway's address, without a trailing slash. */
  readonly address: string;
  readonly password: string;
  readonly model: string;
  readonly signal: AbortSignal;
  /** Seconds before the first of the attempts that follow a failure; doubled each time. @default 1 */
  readonly pauseSeconds?: number;
}

const ATTEMPTS = 5;
const TIMEOUT_MS = 60_000;
/** Longest pause that the service may ask for. */
const MAX_PAUSE_SECONDS = 60;

/** The labels service behind the gateway. Sending twice counts once, so that what failed is sent again. */
export class LabelsService {
  constructor(private readonly access: LabelsAccess) {}

  async send(labels: readonly Label[]): Promise<LabelsAccepted> {
    return (await this.call('', JSON.stringify({ labels }))) as LabelsAccepted;
  }

  async outcomes(receipt: string): Promise<LabelOutcomes> {
    return (await this.call(`/${receipt}`)) as LabelOutcomes;
  }

  /** @throws UserError unavailable, labelsRefused, labelsPassword, interrupted */
  private async call(path: string, body?: string): Promise<unknown> {
    const { address, password, model, signal, pauseSeconds = 1 } = this.access;
    const url = `${address}/v1/models/${model}/labels${path}`;
    let reason = '';
    for (let attempt = 1, pause = pauseSeconds; attempt <= ATTEMPTS; attempt += 1, pause *= 2) {
      if (signal.aborted) throw errors.interrupted();
      let asked = pause;
      try {
        const response = await fetch(url, {
          method: body === undefined ? 'GET' : 'POST',
          headers: {
            authorization: `Bearer ${password}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        const text = await response.text();
        if (response.ok) return JSON.parse(text);
        if (response.status === 401) throw errors.labelsPassword(url);
        reason = `HTTP ${String(response.status)}: ${text.slice(0, 500)}`;
        if (response.status < 500) throw errors.labelsRefused(url, reason);
        asked = Math.min(Number(response.headers.get('retry-after') ?? 0) * pauseSeconds, MAX_PAUSE_SECONDS);
      } catch (error) {
        if (error instanceof UserError) throw error;
        reason = reasonOf(error);
      }
      if (attempt < ATTEMPTS)
        await sleep(1000 * Math.max(asked, pause), undefined, { signal }).catch(() => undefined);
    }
    throw errors.unavailable('The labels service', url, reason);
  }
}
