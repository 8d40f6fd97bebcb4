import { PredictionLog } from './prediction-log';
import type { EventLog, PredictionLogCounters } from './prediction-log';
import type { LoggedModel } from './records';
import type { PredictionSink } from './sink';

/** Settings of the prediction log; see `Settings`. */
export interface PredictionLogSettings {
  /** undefined disables the prediction log. */
  readonly predictionLogUrl: string | undefined;
  readonly predictionLogQueueRows: number;
  readonly predictionLogQueueBytes: number;
  readonly predictionLogFlushRows: number;
  readonly predictionLogFlushSeconds: number;
}

const RETRY_SECONDS = 0.25;
const MAX_RETRY_SECONDS = 15;

/**
 * The prediction log as configured. It queues from the first answer and writes once started, which happens after the
 * server is ready, so that readiness does not wait for the database client to load or connect.
 */
export function createPredictionLog(
  settings: PredictionLogSettings,
  model: LoggedModel,
  counters: PredictionLogCounters,
  log: EventLog,
): PredictionLog | undefined {
  const url = settings.predictionLogUrl;
  if (url === undefined) return undefined;
  const sink = loadedOnUse(async () => {
    const { PostgresSink } = await import('./postgres-sink');
    return new PostgresSink(url, model);
  });
  return new PredictionLog({
    model,
    sink,
    counters,
    log,
    limits: {
      queueRows: settings.predictionLogQueueRows,
      queueBytes: settings.predictionLogQueueBytes,
      flushRows: settings.predictionLogFlushRows,
      flushSeconds: settings.predictionLogFlushSeconds,
      retrySeconds: RETRY_SECONDS,
      maxRetrySeconds: MAX_RETRY_SECONDS,
    },
  });
}

/** Whether a text is a valid PREDICTION_LOG_URL. Errors must not show it: it may hold a password. */
export function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

function loadedOnUse(load: () => Promise<PredictionSink>): PredictionSink {
  let loading: Promise<PredictionSink> | undefined;
  const loaded = (): Promise<PredictionSink> => (loading ??= load());
  return {
    prepare: async (signal) => (await loaded()).prepare(signal),
    write: async (batch, signal) => (await loaded()).write(batch, signal),
    close: async () => (await loading)?.close(),
  };
}
