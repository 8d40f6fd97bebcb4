import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from './cluster/kubernetes';
import { errors } from './errors';
import { withEndpoint, type Session } from './session';

/** How long a ready model may take to answer through the gateway. */
const PATIENCE_S = 30;

/**
 * Sends `examples/<model>-request.json` through the gateway, as a client would.
 * @returns a line with the version and its answer
 * @throws UserError exampleMissing, noAnswer
 */
export async function predictExample(session: Session, model: string): Promise<string> {
  const file = join(session.config.paths.root, 'examples', `${model}-request.json`);
  if (!existsSync(file)) throw errors.exampleMissing(file);
  const body = readFileSync(file, 'utf8');
  return withEndpoint(session, 'gateway', async (address) => {
    const url = `${address}/v2/models/${model}/infer`;
    let reason = '';
    const deadline = Date.now() + PATIENCE_S * 1000;
    while (Date.now() < deadline) {
      if (session.signal.aborted) throw errors.interrupted();
      try {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(url, {
          method: 'POST',
          body,
          headers,
          signal: AbortSignal.timeout(5_000),
        });
        const text = await response.text();
        if (response.ok) {
          const version = response.headers.get('x-model-version') ?? '?';
          const { outputs } = JSON.parse(text) as { outputs: { name: string; data: unknown[] }[] };
          const scores = outputs.map(({ name, data }) => `${name} ${JSON.stringify(data)}`).join(', ');
          return `${model} version ${version} answers: ${scores}`;
        }
        reason = `HTTP ${String(response.status)}: ${text.slice(0, 300)}`;
      } catch (error) {
        reason = reasonOf(error);
      }
      await sleep(500);
    }
    throw errors.noAnswer(model, url, reason);
  });
}
