import { afterAll, beforeAll } from '@jest/globals';
import { loadConfig } from '../../stacks/shared/config';
import { recordConcurrency } from '../../studies/recorder/concurrency';
import { canary } from './canary';
import { ci } from './ci';
import { comesUp } from './comes-up';
import { concurrency } from './concurrency';
import { faults } from './faults';
import { gatewayAddresses } from './gateway';
import { goesDown, rememberBefore } from './goes-down';
import { monitoring } from './monitoring';
import { predictionLog } from './prediction-log';
import { quality } from './quality';
import { security } from './security';
import { removeLeftovers } from './support/cluster';
import { configFile, mlops } from './support/platform';
import { versions } from './versions';

// One platform for all, in this order: a cluster per test would take hours.
beforeAll(async () => {
  removeLeftovers();
  await mlops(['down']);
  rememberBefore();
});

afterAll(async () => {
  await mlops(['down']);
});

comesUp();
security();
predictionLog();
quality();
versions();
concurrency();
gatewayAddresses((figures) => {
  recordConcurrency(figures, 'make e2e');
});
monitoring();
canary();
// With `ci.enabled` in platform.e2e.yaml.
if (loadConfig(configFile).ci.enabled) ci();
faults();
goesDown();
