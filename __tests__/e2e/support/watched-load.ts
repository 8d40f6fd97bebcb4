import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { exampleRequest, gateway } from './platform';

const EVERY_MS = 20;
const PATIENCE_MS = 10_000;

export interface WatchedAnswer {
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** 0: no answer at all, as while the node is down. */
  readonly status: number;
  /** What came from neither a model server nor the gateway. */
  readonly foreign?: string;
}

/** A load whose every answer is checked for who gave it. */
export class WatchedLoad {
  readonly answers: WatchedAnswer[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly #body = readFileSync(exampleRequest);
  readonly #timer = setInterval(() => {
    const one = this.#send().then((answer) => {
      this.answers.push(answer);
      this.#open.delete(one);
    });
    this.#open.add(one);
  }, EVERY_MS);
  #sent = 0;

  constructor(private readonly versions: readonly string[]) {}

  get foreign(): readonly string[] {
    return this.answers.flatMap(({ foreign }) => foreign ?? []);
  }

  /** Waits until every answer of the last `calmMs` is 200. */
  async calm(calmMs: number, patienceMs: number): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (Date.now() < deadline) {
      await sleep(100);
      const recent = this.answers.filter(({ sentAt }) => sentAt > Date.now() - calmMs);
      if (recent.length > calmMs / EVERY_MS / 2 && recent.every(({ status }) => status === 200)) return;
    }
    throw new Error(`not ${String(calmMs)} ms without a failure within ${String(patienceMs / 1000)} s`);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    this.#kept.destroy();
  }

  #send(): Promise<WatchedAnswer> {
    const sentAt = Date.now();
    const agent = (this.#sent += 1) % 2 === 0 && this.#kept;
    return new Promise((resolve) => {
      const none = () => {
        resolve({ sentAt, status: 0 });
      };
      const outgoing = request(
        `${gateway}/v2/models/fraud/infer`,
        {
          method: 'POST',
          agent,
          timeout: PATIENCE_MS,
          headers: { 'content-type': 'application/json', 'content-length': this.#body.length },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', none);
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            const version = response.headers['x-model-version'];
            const ours =
              status === 200 || version !== undefined
                ? this.versions.includes(String(version)) && (status !== 200 || isPrediction(text))
                : isRefusal(text);
            resolve({
              sentAt,
              status,
              ...(ours
                ? {}
                : { foreign: `${String(status)}, version ${String(version)}: ${text.slice(0, 200)}` }),
            });
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', none);
      outgoing.end(this.#body);
    });
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const isPrediction = (text: string) => parsed(text).model_name === 'fraud';
const isRefusal = (text: string) => typeof parsed(text).error === 'string';
