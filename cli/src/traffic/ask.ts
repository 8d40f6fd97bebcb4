import { randomUUID } from 'node:crypto';
import type { Row } from './rows';
import type { Answer } from './tally';

/** Milliseconds for one answer. */
const TIMEOUT_MS = 10_000;

interface Body {
  readonly model_version?: string;
  readonly predictions?: readonly { readonly prediction_id?: string }[];
}

/** Asks a model about rows, as an application does: one request for each, features by name. */
export function asker(address: string, model: string): (row: Row) => Promise<Answer> {
  const url = `${address}/v1/models/${model}/predict`;
  return async ({ features }) => {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': randomUUID() },
        body: JSON.stringify({ records: [features] }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const version = response.headers.get('x-model-version') ?? undefined;
      const answer = { status: String(response.status), ...(version === undefined ? {} : { version }) };
      if (!response.ok) return answer;
      const { model_version, predictions } = JSON.parse(text) as Body;
      const id = predictions?.[0]?.prediction_id;
      return {
        ...answer,
        ...(model_version === undefined ? {} : { version: model_version }),
        ...(id === undefined ? {} : { predictionId: id }),
      };
    } catch (error) {
      return { status: failure(error) };
    }
  };
}

function failure(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  if (error instanceof SyntaxError) return 'not JSON';
  return 'no connection';
}
