import type { FastifyBaseLogger } from 'fastify';

import { StartError } from '../errors';
import type { RequestReason } from '../errors';

/** What a span is started with. */
export interface TracedRequest {
  /** Names in lower case; `traceparent` and `tracestate` make the caller's span the parent. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly method: string;
  /** The route pattern, not the address. */
  readonly route: string;
  readonly requestId: string;
}

/** The span of one request, from `start` to `end`. */
export interface RequestSpan {
  /** 32 hexadecimal digits. Goes into every log line of the request, sampled or not. */
  readonly traceId: string;
  /** Rows of the request, once they are known. */
  rows(rows: number): void;
  /** @param reason Why the request was refused or failed. */
  end(statusCode: number, reason?: RequestReason): void;
}

export interface Tracer {
  start(request: TracedRequest): RequestSpan;
  /** Sends pending spans, for a few seconds at most. Never rejects. */
  shutdown(): Promise<void>;
}

/** Attributes of every span of this process. */
export interface TracedServer {
  readonly model: string;
  /** The model's version. */
  readonly version: string;
  /** The server's own version. */
  readonly serverVersion: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];
const PROTOCOL = 'http/protobuf';

/**
 * Starts OpenTelemetry where its standard variables ask for it: OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) or
 * OTEL_TRACES_EXPORTER=otlp, unless OTEL_SDK_DISABLED=true. All other variables of the specification (headers, sampler,
 * queue, resource attributes) are read by the OpenTelemetry SDK itself. It is not loaded otherwise.
 *
 * @param env The environment of the process.
 * @param log Logs that spans cannot be sent.
 * @returns undefined if tracing is off.
 * @throws {StartError} `setting-invalid`
 */
export async function startTracing(
  env: Environment,
  server: TracedServer,
  log: Pick<FastifyBaseLogger, 'warn'>,
): Promise<Tracer | undefined> {
  if (!isWanted(env)) return undefined;
  const { startOpenTelemetry } = await import('./open-telemetry');
  return startOpenTelemetry(server, log);
}

function isWanted(env: Environment): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false;
  const exporter = env.OTEL_TRACES_EXPORTER ?? '';
  if (exporter === 'none') return false;
  const endpoints = ENDPOINTS.filter((name) => isSet(env[name]));
  if (exporter === '' && endpoints.length === 0) return false;
  if (exporter !== '' && exporter !== 'otlp')
    throw invalid('OTEL_TRACES_EXPORTER', exporter, '"otlp" or "none"');
  for (const name of endpoints)
    if (!isHttpAddress(env[name] ?? ''))
      throw invalid(name, env[name] ?? '', 'an http or https address, such as http://collector:4318');
  for (const name of PROTOCOLS)
    if (isSet(env[name]) && env[name] !== PROTOCOL)
      throw invalid(name, env[name] ?? '', `"${PROTOCOL}", which collectors take on port 4318`);
  return true;
}

function isHttpAddress(text: string): boolean {
  return /^https?:/i.test(text) && URL.canParse(text);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function invalid(name: string, got: string, expected: string): StartError {
  return new StartError('setting-invalid', {
    what: `environment variable ${name} cannot be used`,
    got: JSON.stringify(got),
    expected,
    fix: `Set ${name} in the container's environment, or OTEL_TRACES_EXPORTER=none for no traces.`,
  });
}
