import { performance } from 'node:perf_hooks';

import { Registry, collectDefaultMetrics } from 'prom-client';

import type { RequestReason } from '../errors';
import type { Scorer } from '../model/model';
import { Counter, CounterBy, Gauge, Info } from './counters';
import { Histogram } from './histogram';
import { RequestDuration } from './request-duration';
import { register } from './source';

const REQUEST_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
const INFERENCE_SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const REQUESTS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** What the server counts; every series carries the labels `model` and `version`. */
export interface Metrics {
  readonly registry: Registry;
  /** Labels `route` (pattern, `unmatched` for none) and `status` (`2xx`…`5xx`). */
  readonly requestDuration: RequestDuration;
  readonly requestsInFlight: Gauge;
  readonly heldBytes: Gauge;
  readonly inferenceDuration: Histogram;
  readonly batchRows: Histogram;
  readonly batchRequests: Histogram;
  readonly batchWaiting: Gauge;
  /** Label `reason`: see {@link RequestReason}. */
  readonly rejectedRequests: CounterBy<RequestReason>;
  /** Label `scorer`. */
  readonly scorer: Info<Scorer>;
  readonly predictionLog: PredictionLogMetrics;
}

/** What happened to predictions given to the prediction log. */
export interface PredictionLogMetrics {
  readonly written: Counter;
  readonly dropped: Counter;
  readonly failedWrites: Counter;
  readonly queued: Gauge;
}

export function createMetrics(model: string, version: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ model, version });
  return {
    registry,
    requestDuration: register(
      registry,
      new RequestDuration(
        'model_server_request_duration_seconds',
        'Time from the request header to the last byte of the answer.',
        REQUEST_SECONDS,
      ),
    ),
    requestsInFlight: register(
      registry,
      new Gauge('model_server_requests_in_flight', 'Requests received and not yet answered.'),
    ),
    heldBytes: register(
      registry,
      new Gauge(
        'model_server_held_bytes',
        'Bytes of bodies and unread answers in memory, small ones excepted.',
      ),
    ),
    inferenceDuration: register(
      registry,
      new Histogram(
        'model_server_inference_duration_seconds',
        'Time that the model took for one request, all rows.',
        INFERENCE_SECONDS,
      ),
    ),
    batchRows: register(
      registry,
      new Histogram('model_server_batch_rows', 'Rows per inference request.', ROWS),
    ),
    batchRequests: register(
      registry,
      new Histogram(
        'model_server_batch_requests',
        'Requests that were joined into one run of the model.',
        REQUESTS,
      ),
    ),
    batchWaiting: register(
      registry,
      new Gauge('model_server_batch_waiting_requests', 'Requests that wait for the next run of the model.'),
    ),
    rejectedRequests: register(
      registry,
      new CounterBy<RequestReason>(
        'model_server_rejected_requests_total',
        'Requests answered with an error, by reason.',
        'reason',
      ),
    ),
    scorer: register(
      registry,
      new Info<Scorer>(
        'model_server_scorer_info',
        'What computes the scores: the label says it, the value is 1.',
        'scorer',
      ),
    ),
    predictionLog: createPredictionLogMetrics(registry),
  };
}

function createPredictionLogMetrics(registry: Registry): PredictionLogMetrics {
  const counter = (name: string, help: string): Counter =>
    register(registry, new Counter(`model_server_prediction_log_${name}_total`, help));
  return {
    written: counter('written', 'Predictions that the prediction log has stored.'),
    dropped: counter('dropped', 'Predictions that the prediction log could not keep.'),
    failedWrites: counter('failed_writes', 'Attempts to store predictions that failed.'),
    queued: register(
      registry,
      new Gauge('model_server_prediction_log_queued', 'Predictions that wait to be stored.'),
    ),
  };
}

/** Adds process, heap, garbage collection and event-loop metrics. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
  register(registry, {
    name: 'model_server_event_loop_busy_seconds_total',
    help: 'Time in which the event loop was not waiting; its rate is the share of the only thread that is used.',
    type: 'counter',
    samples: () => [{ value: performance.eventLoopUtilization().active / 1000 }],
  });
}

/** No series if unknown: 0 would be a claim. */
export function showDataEnd({ registry }: Metrics, seconds: number): void {
  register(registry, {
    name: 'model_server_training_data_end_timestamp_seconds',
    help: 'End of the data that the model was trained and measured on.',
    type: 'gauge',
    samples: () => [{ value: seconds }],
  });
}

/** Counts one refused request. */
export function countRejection({ rejectedRequests }: Metrics, reason: RequestReason): void {
  rejectedRequests.inc(reason);
}
