import { PredictionLog } from './prediction-log';
import type { EventLog, PredictionLogCounters } from './prediction-log';
import type { LoggedModel } from './records';

/** Settings of the prediction log; see `Settings`. */
export interface PredictionLogSettings {
  /** undefined: no prediction log. */
  readonly predictionLogUrl: string | undefined;
  readonly predictionLogQueueRows: number;
  readonly predictionLogQueueBytes: number;
  readonly predictionLogFlushRows: number;
  readonly predictionLogFlushSeconds: number;
}

const RETRY_SECONDS = 0.25;
const MAX_RETRY_SECONDS = 15;

/** Starts the prediction log that the settings ask for. It connects in the background: the server does not wait for it. */
export async function openPredictionLog(
  settings: PredictionLogSettings,
  model: LoggedModel,
  counters: PredictionLogCounters,
  log: EventLog,
): Promise<PredictionLog | undefined> {
  const url = settings.predictionLogUrl;
  if (url === undefined) return undefined;
  // Only here: a server without a prediction log does not load the database client.
  const { PostgresSink } = await import('./postgres-sink');
  const predictionLog = new PredictionLog({
    model,
    sink: new PostgresSink(url, model),
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
  predictionLog.start();
  return predictionLog;
}

/** Whether a text can be a PREDICTION_LOG_URL. Errors must not show the text: it may hold a password. */
export function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}
