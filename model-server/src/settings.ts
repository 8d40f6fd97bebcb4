import { StartError } from './errors';
import { isPostgresUrl } from './predictions/create-prediction-log';

/** `auto` compiles tree ensembles if the result is proven equal; `onnxruntime` never does. */
export const RUNTIMES = ['auto', 'onnxruntime'] as const;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** All settings. Durations are seconds, sizes bytes. */
export interface Settings {
  /** MODEL_DIR: folder of the packaged model. @default /model */
  readonly modelDir: string;
  /** MODEL_VERSION: the version this server answers as. Required. */
  readonly modelVersion: string;
  /** HOST: address to listen on. @default 0.0.0.0 */
  readonly host: string;
  /** PORT: port to listen on; 0 lets the system choose. @default 8080 */
  readonly port: number;
  /**
   * GRPC_PORT: port for the protocol over gRPC; 0 lets the system choose. If unset, no gRPC code is loaded.
   * @default unset
   */
  readonly grpcPort: number | undefined;
  /** LOG_LEVEL: one of {@link LOG_LEVELS}. @default info */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** RUNTIME: what runs the model, one of {@link RUNTIMES}. @default auto */
  readonly runtime: (typeof RUNTIMES)[number];
  /** BATCH_MAX_ROWS: most rows of waiting requests joined into one run of ONNX Runtime. @default 64 */
  readonly batchMaxRows: number;
  /**
   * BATCH_WAIT_MILLISECONDS: how long a request waits for others to share its run; 0 joins what arrived in the same turn
   * of the event loop. @default 0
   */
  readonly batchWaitMilliseconds: number;
  /** DRAIN_SECONDS: how long new connections are accepted after the first signal. @default 5 */
  readonly drainSeconds: number;
  /** FINISH_SECONDS: how long requests in flight may take after the drain. @default 10 */
  readonly finishSeconds: number;
  /** MAX_BODY_BYTES: largest request body. @default 4194304 */
  readonly maxBodyBytes: number;
  /**
   * MAX_HELD_BYTES: bytes kept of all requests at a time, of bodies and of answers that nobody reads; the largest are given
   * up first. @default 25165824
   */
  readonly maxHeldBytes: number;
  /** MAX_CONNECTIONS: HTTP connections at a time; others are closed at once. @default 2048 */
  readonly maxConnections: number;
  /** MAX_REQUESTS: HTTP requests under way at a time. @default 1024 */
  readonly maxRequests: number;
  /** MAX_REQUESTS_PER_CONNECTION: of them on one connection, where a client pipelines. @default 64 */
  readonly maxRequestsPerConnection: number;
  /** MAX_ROWS: most rows in one request; a batch blocks the only thread. @default 4096 */
  readonly maxRows: number;
  /** MAX_HEADER_BYTES: largest request header. @default 8192 */
  readonly maxHeaderBytes: number;
  /** HEADER_TIMEOUT_SECONDS: time to receive a request's header. @default 10 */
  readonly headerTimeoutSeconds: number;
  /** REQUEST_TIMEOUT_SECONDS: time to receive a whole request. @default 30 */
  readonly requestTimeoutSeconds: number;
  /**
   * KEEP_ALIVE_SECONDS: how long an idle connection stays open. Must exceed the gateway's (nginx: 60), or the server
   * closes a connection just as a request is sent on it. @default 75
   */
  readonly keepAliveSeconds: number;
  /**
   * PREDICTION_LOG_URL: `postgres://…` where predictions are stored; PGPASSWORD, PGSSLMODE and so on fill in what is
   * missing. If unset, predictions are not stored.
   */
  readonly predictionLogUrl: string | undefined;
  /** PREDICTION_LOG_QUEUE_ROWS: most rows waiting to be stored; others are dropped. @default 20000 */
  readonly predictionLogQueueRows: number;
  /** PREDICTION_LOG_QUEUE_BYTES: approximate limit of their memory. @default 16777216 */
  readonly predictionLogQueueBytes: number;
  /** PREDICTION_LOG_FLUSH_ROWS: rows that are written at once without waiting for more. @default 500 */
  readonly predictionLogFlushRows: number;
  /** PREDICTION_LOG_FLUSH_SECONDS: how long a row waits for others. @default 1 */
  readonly predictionLogFlushSeconds: number;
  /** PREDICTION_LOG_CLOSE_SECONDS: how long shutdown may take to store what is queued. @default 5 */
  readonly predictionLogCloseSeconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from environment variables; empty ones count as unset.
 *
 * @throws {StartError} `setting-invalid`, with the variable, its value and what was expected.
 */
export function readSettings(env: Environment): Settings {
  const headerTimeoutSeconds = number(env, 'HEADER_TIMEOUT_SECONDS', 10, 0.1, 3600);
  const requestTimeoutSeconds = number(env, 'REQUEST_TIMEOUT_SECONDS', 30, 0.1, 3600);
  if (requestTimeoutSeconds < headerTimeoutSeconds) {
    throw invalid(
      'REQUEST_TIMEOUT_SECONDS',
      String(requestTimeoutSeconds),
      `at least HEADER_TIMEOUT_SECONDS (${headerTimeoutSeconds})`,
    );
  }
  return {
    modelDir: text(env, 'MODEL_DIR', '/model', /^.+$/, 'a folder'),
    modelVersion: text(
      env,
      'MODEL_VERSION',
      undefined,
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'a version: up to 63 letters, digits, dots, dashes or underscores',
    ),
    host: text(env, 'HOST', '0.0.0.0', /^\S+$/, 'an address'),
    port: integer(env, 'PORT', 8080, 0, 65535),
    grpcPort: given(env, 'GRPC_PORT') === undefined ? undefined : integer(env, 'GRPC_PORT', 0, 0, 65535),
    logLevel: choice(env, 'LOG_LEVEL', LOG_LEVELS, 'info'),
    runtime: choice(env, 'RUNTIME', RUNTIMES, 'auto'),
    batchMaxRows: integer(env, 'BATCH_MAX_ROWS', 64, 1, 1_000_000),
    batchWaitMilliseconds: number(env, 'BATCH_WAIT_MILLISECONDS', 0, 0, 1000),
    drainSeconds: number(env, 'DRAIN_SECONDS', 5, 0, 3600),
    finishSeconds: number(env, 'FINISH_SECONDS', 10, 0, 3600),
    maxBodyBytes: integer(env, 'MAX_BODY_BYTES', 4 * 1024 * 1024, 1, 1024 ** 3),
    maxHeldBytes: integer(env, 'MAX_HELD_BYTES', 24 * 1024 ** 2, 65_536, 1024 ** 4),
    maxConnections: integer(env, 'MAX_CONNECTIONS', 2048, 1, 1_000_000),
    maxRequests: integer(env, 'MAX_REQUESTS', 1024, 1, 1_000_000),
    maxRequestsPerConnection: integer(env, 'MAX_REQUESTS_PER_CONNECTION', 64, 1, 1_000_000),
    maxRows: integer(env, 'MAX_ROWS', 4096, 1, 1_000_000),
    maxHeaderBytes: integer(env, 'MAX_HEADER_BYTES', 8192, 1024, 1024 ** 2),
    headerTimeoutSeconds,
    requestTimeoutSeconds,
    keepAliveSeconds: number(env, 'KEEP_ALIVE_SECONDS', 75, 0.1, 3600),
    predictionLogUrl: predictionLogUrl(env),
    predictionLogQueueRows: integer(env, 'PREDICTION_LOG_QUEUE_ROWS', 20_000, 1, 10_000_000),
    predictionLogQueueBytes: integer(env, 'PREDICTION_LOG_QUEUE_BYTES', 16 * 1024 ** 2, 65_536, 1024 ** 3),
    predictionLogFlushRows: integer(env, 'PREDICTION_LOG_FLUSH_ROWS', 500, 1, 10_000),
    predictionLogFlushSeconds: number(env, 'PREDICTION_LOG_FLUSH_SECONDS', 1, 0.01, 60),
    predictionLogCloseSeconds: number(env, 'PREDICTION_LOG_CLOSE_SECONDS', 5, 0, 60),
  };
}

/** @throws {StartError} without the value, which may hold a password. */
export function predictionLogUrl(env: Environment): string | undefined {
  const url = given(env, 'PREDICTION_LOG_URL');
  if (url === undefined || isPostgresUrl(url)) return url;
  const got = 'a value that is not shown, since it may hold a password';
  throw invalid('PREDICTION_LOG_URL', got, 'postgres://user@host:port/database');
}

function text(
  env: Environment,
  name: string,
  fallback: string | undefined,
  pattern: RegExp,
  expected: string,
): string {
  const value = given(env, name) ?? fallback;
  if (value === undefined) throw invalid(name, 'nothing', expected);
  if (!pattern.test(value)) throw invalid(name, JSON.stringify(value), expected);
  return value;
}

function choice<Value extends string>(
  env: Environment,
  name: string,
  choices: readonly Value[],
  fallback: Value,
): Value {
  const value = given(env, name) ?? fallback;
  const known = choices.find((each) => each === value);
  if (known === undefined) throw invalid(name, JSON.stringify(value), `one of ${choices.join(', ')}`);
  return known;
}

function number(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const value = given(env, name);
  if (value === undefined) return fallback;
  const parsed = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || parsed < min || parsed > max)
    throw invalid(name, JSON.stringify(value), `a number from ${min} to ${max}`);
  return parsed;
}

function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const parsed = number(env, name, fallback, min, max);
  if (!Number.isInteger(parsed)) throw invalid(name, String(parsed), `a whole number from ${min} to ${max}`);
  return parsed;
}

function given(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}

function invalid(name: string, got: string, expected: string): StartError {
  return new StartError('setting-invalid', {
    what: `environment variable ${name} cannot be used`,
    got,
    expected,
    fix: `Set ${name} in the container's environment.`,
  });
}
