import { errors } from './errors';

/** One load on one server. */
export interface Load {
  readonly url: string;
  /** File with one body per line, of which each request draws one; or a file that is the body. */
  readonly body: { readonly lines: string } | { readonly file: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  /**
   * Requests a second of an open loop, sent whether or not answers came; latency counts from when a request was due, so
   * that a stall is charged to every request it delayed (coordinated omission). Without it a closed loop: each connection
   * sends its next request as soon as it has its answer.
   */
  readonly rate?: number;
  /** How long. */
  readonly amount: { readonly seconds: number } | { readonly requests: number };
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  /** Milliseconds. */
  readonly p99: number;
}

/** The command line of oha for a load. */
export function ohaArguments({ url, body, headers, connections, rate, amount }: Load): string[] {
  const length =
    'seconds' in amount
      ? ['-z', `${amount.seconds}s`, '--wait-ongoing-requests-after-deadline']
      : ['-n', String(amount.requests)];
  return [
    '--no-tui',
    ...['--output-format', 'json'],
    // It has one core; and answers as they are, because a server that compresses by default would pay for it.
    ...['--worker-threads', '1', '--disable-compression'],
    ...['-m', 'POST'],
    ...('lines' in body ? ['-Z', body.lines] : ['-D', body.file]),
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...['-c', String(connections)],
    ...(rate === undefined ? [] : ['-q', String(rate), '--latency-correction']),
    ...length,
    url,
  ];
}

interface OhaResult {
  readonly summary: { readonly requestsPerSec: number };
  readonly latencyPercentiles: { readonly p50: number; readonly p99: number };
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly errorDistribution: Readonly<Record<string, number>>;
}

/**
 * Reads the JSON that oha writes.
 *
 * @param title of the server, for errors
 * @throws {BenchError} failedRequests when a single request did, unreadableResult
 */
export function readResult(json: string, title: string): LoadResult {
  let result: OhaResult;
  try {
    result = JSON.parse(json) as OhaResult;
  } catch {
    throw errors.unreadableResult(json.slice(0, 300));
  }
  const { '200': succeeded = 0, ...otherStatuses } = result.statusCodeDistribution;
  const failures = Object.entries({ ...otherStatuses, ...result.errorDistribution });
  if (failures.length > 0 || succeeded === 0) {
    const got = failures.map(([what, count]) => `${count} × ${what}`).join(', ');
    throw errors.failedRequests(title, got === '' ? 'no answer' : got);
  }
  return {
    requests: succeeded,
    perSecond: result.summary.requestsPerSec,
    p50: result.latencyPercentiles.p50 * 1000,
    p99: result.latencyPercentiles.p99 * 1000,
  };
}
