import { GATEWAY_METRIC } from './metrics/gateway';
import type { MetricContract } from './metrics/metric';
import { MODEL_SERVER_METRIC } from './metrics/model-server';
import { PLATFORM_METRIC } from './metrics/platform';
import { QUALITY_METRIC } from './metrics/quality';
import { ROLLOUT_METRIC } from './metrics/rollout';

export { ATTEMPT_OUTCOME, GATEWAY_METRIC } from './metrics/gateway';
export { seriesNames, type MetricContract } from './metrics/metric';
export { MODEL_SERVER_METRIC } from './metrics/model-server';
export { PLATFORM_METRIC, SCRAPE_JOB } from './metrics/platform';
export { QUALITY_MEASURE, QUALITY_METRIC, QUALITY_WINDOW } from './metrics/quality';
export { ROLLOUT_METRIC } from './metrics/rollout';

/** Every metric that rules and dashboards may read. */
export const METRICS: readonly MetricContract[] = [
  MODEL_SERVER_METRIC,
  GATEWAY_METRIC,
  QUALITY_METRIC,
  ROLLOUT_METRIC,
  PLATFORM_METRIC,
].flatMap((group) => Object.values<MetricContract>(group));
