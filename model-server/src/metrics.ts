import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

import type { RequestReason } from './errors';

const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const INFERENCE_SECONDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5,
];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

/** What the server counts; every series carries the labels `model` and `version`. */
export interface Metrics {
  readonly registry: Registry;
  /** Labels `route` (pattern, `unmatched` for none) and `status` (`2xx`…`5xx`). */
  readonly requestDuration: Histogram<'route' | 'status'>;
  readonly requestsInFlight: Gauge;
  readonly inferenceDuration: Histogram;
  readonly batchRows: Histogram;
  /** Label `reason`: see {@link RequestReason}. */
  readonly rejectedRequests: Counter<'reason'>;
}

export function createMetrics(model: string, version: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ model, version });
  const registers = [registry];
  return {
    registry,
    requestDuration: new Histogram({
      name: 'model_server_request_duration_seconds',
      help: 'Time from the request header to the last byte of the answer.',
      labelNames: ['route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    }),
    requestsInFlight: new Gauge({
      name: 'model_server_requests_in_flight',
      help: 'Requests received and not yet answered.',
      registers,
    }),
    inferenceDuration: new Histogram({
      name: 'model_server_inference_duration_seconds',
      help: 'Time that the model took for one request, all rows.',
      buckets: INFERENCE_SECONDS,
      registers,
    }),
    batchRows: new Histogram({
      name: 'model_server_batch_rows',
      help: 'Rows per inference request.',
      buckets: ROWS,
      registers,
    }),
    rejectedRequests: new Counter({
      name: 'model_server_rejected_requests_total',
      help: 'Requests answered with an error, by reason.',
      labelNames: ['reason'],
      registers,
    }),
  };
}

/** Adds process, heap, garbage collection and event-loop metrics. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}

/** Counts one refused request. */
export function countRejection({ rejectedRequests }: Metrics, reason: RequestReason): void {
  rejectedRequests.inc({ reason });
}
