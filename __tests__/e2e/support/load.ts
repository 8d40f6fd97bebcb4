/**
 * A constant load in a separate process, so that the tests do not delay it.
 * usage: load.ts URL REQUEST_FILE REQUESTS_PER_SECOND
 * A file that ends with .ndjson holds several requests, one a line, which are sent in turn.
 * Every second request uses a new connection, the others share kept-alive ones. Nothing is retried: each
 * transport error, timeout, or answer other than 200 counts as failed. SIGTERM ends it; it then sends a summary to its parent.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

export interface FailedRequest {
  readonly sentAt: number;
  readonly endedAt: number;
}

export interface LoadSummary {
  readonly sent: number;
  readonly failed: number;
  readonly failures: readonly string[];
  /** When each failed request was sent, and when it failed; milliseconds since the epoch. */
  readonly failedAt: readonly FailedRequest[];
  readonly seconds: number;
  /** Answers by version. */
  readonly versions: Readonly<Record<string, number>>;
  /** Median and 99th percentile of all answers, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sent to the parent process every 100 ms, and once with the summary at the end. */
export interface LoadMessage {
  /** When each version answered last, milliseconds since the epoch. */
  readonly lastAnswer?: Readonly<Record<string, number>>;
  readonly sent?: number;
  readonly failed?: number;
  readonly lastFailure?: string | undefined;
  readonly summary?: LoadSummary;
}

const TIMEOUT_MS = 10_000;
/** A bound on the whole run, whatever becomes of the process that started it. */
const MAX_SECONDS = 45 * 60;

const [url = '', file = '', rate = '60'] = process.argv.slice(2);
const bodies = file.endsWith('.ndjson')
  ? readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => Buffer.from(line))
  : [readFileSync(file)];
const kept = new Agent({ keepAlive: true, maxSockets: 8 });
const fresh = new Agent({ keepAlive: false });

let sent = 0;
let answered = 0;
const failures: string[] = [];
const failedAt: FailedRequest[] = [];
const versions: Record<string, number> = {};
const latencies: number[] = [];
const lastAnswer: Record<string, number> = {};

const tell = (message: LoadMessage) => process.send?.(message);

function fail(reason: string, sentAt: number): void {
  answered += 1;
  failedAt.push({ sentAt, endedAt: Date.now() });
  failures.push(`${new Date().toISOString()} ${reason}`);
}

function send(): void {
  const keepAlive = sent % 2 === 0;
  const body = bodies[sent % bodies.length] ?? Buffer.alloc(0);
  sent += 1;
  const started = performance.now();
  const sentAt = Date.now();
  const outgoing = request(
    url,
    {
      method: 'POST',
      agent: keepAlive ? kept : fresh,
      timeout: TIMEOUT_MS,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => {
        fail(`${keepAlive ? 'kept' : 'new'}: ${error.message}`, sentAt);
      });
      response.on('end', () => {
        if (response.statusCode !== 200) {
          fail(
            `${keepAlive ? 'kept' : 'new'}: HTTP ${String(response.statusCode)} ${Buffer.concat(chunks).toString().slice(0, 200)}`,
            sentAt,
          );
          return;
        }
        answered += 1;
        latencies.push(performance.now() - started);
        const version = String(response.headers['x-model-version']);
        versions[version] = (versions[version] ?? 0) + 1;
        lastAnswer[version] = Date.now();
      });
    },
  );
  outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${String(TIMEOUT_MS)} ms`)));
  outgoing.on('error', (error) => {
    fail(`${keepAlive ? 'kept' : 'new'}: ${error.message}`, sentAt);
  });
  outgoing.end(body);
}

/** What a stall of this process left out is made up for, as far as it was a second's. */
const MOST_AT_ONCE = Number(rate);
const begun = performance.now();
let due = 0;

// A timer's period is whole milliseconds, and late ones are not made up for: the clock says how many are due.
const timer = setInterval(
  () => {
    const wanted = ((performance.now() - begun) / 1000) * Number(rate);
    due = Math.max(due, wanted - MOST_AT_ONCE);
    for (; due < wanted; due += 1) send();
  },
  Math.max(1, 1000 / Number(rate)),
);
const ticker = setInterval(() => {
  tell({ lastAnswer, sent, failed: failures.length, lastFailure: failures.at(-1) });
}, 100);

let isEnding = false;

function finish(): void {
  if (isEnding) return;
  isEnding = true;
  clearInterval(timer);
  const seconds = (performance.now() - begun) / 1000;
  const deadline = Date.now() + TIMEOUT_MS + 1000;
  const poll = setInterval(() => {
    if (answered < sent && Date.now() < deadline) return;
    clearInterval(poll);
    clearInterval(ticker);
    latencies.sort((a, b) => a - b);
    const at = (q: number) => latencies[Math.floor(q * (latencies.length - 1))] ?? 0;
    const unanswered = sent - answered;
    const summary: LoadSummary = {
      sent,
      failed: failures.length + unanswered,
      failures: failures.slice(0, 20),
      failedAt,
      seconds,
      versions,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
    tell({ summary });
    process.disconnect();
  }, 20);
}

process.on('SIGTERM', finish);
process.on('disconnect', () => process.exit(0));
setTimeout(finish, MAX_SECONDS * 1000);
