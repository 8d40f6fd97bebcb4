import type { MetricContract } from './metric';

const VERSION = ['model', 'version'] as const;

/**
 * What becomes of one attempt at a pod. `error`: it answered 5xx, or cut the connection. `foreign`: something that is no
 * model server has its address. `abandoned`: the client left first, which a version that hangs makes clients do.
 */
export const ATTEMPT_OUTCOME = [
  'answered',
  'error',
  'timeout',
  'unreachable',
  'foreign',
  'abandoned',
] as const;

/**
 * What the gateway exports about inference requests; labels, probes and pages do not count. Of requests and durations
 * `version` is `none` where the request was passed on to no version.
 */
export const GATEWAY_METRIC = {
  requests: {
    name: 'gateway_requests_total',
    type: 'counter',
    unit: 'requests',
    labels: [...VERSION, 'status'],
    help: 'Inference requests answered to clients, after any retry, by status class (2xx to 5xx).',
  },
  attempts: {
    name: 'gateway_attempts_total',
    type: 'counter',
    unit: 'requests',
    labels: [...VERSION, 'outcome'],
    help: 'Attempts at a pod of the version, before any retry, by outcome.',
  },
  /** Failed attempts at one request come together: those are no independent events, these are. */
  failedRequests: {
    name: 'gateway_requests_failed_before_retry_total',
    type: 'counter',
    unit: 'requests',
    labels: VERSION,
    help: 'Inference requests of which an attempt at a pod of the version failed, each counted once.',
  },
  requestDuration: {
    name: 'gateway_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: VERSION,
    help: 'Time from the first byte of the request to the last byte of the answer, as the client sees it.',
  },
  weight: {
    name: 'gateway_version_weight_percent',
    type: 'gauge',
    unit: 'percent',
    labels: VERSION,
    help: 'Share of the traffic of the model that is in force for the version.',
  },
  releaseListRefused: {
    name: 'gateway_release_list_refused',
    type: 'gauge',
    unit: 'one',
    labels: ['model'],
    help: '1 while the release list of the model is not in force because it is invalid, else 0.',
  },
} as const satisfies Record<string, MetricContract>;
