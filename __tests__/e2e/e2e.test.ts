import { afterAll, beforeAll } from '@jest/globals';
import { loadConfig } from '../../stacks/shared/config';
import { recordConcurrency } from '../../studies/recorder/concurrency';
import { ci } from './ci';
import { Branch } from './ci/commits';
import { comesUp } from './comes-up';
import { concurrency } from './concurrency';
import { faults } from './faults';
import { gatewayAddresses } from './gateway';
import { goesDown, rememberBefore } from './goes-down';
import { monitoring } from './monitoring';
import { policies } from './policies';
import { predictionLog } from './prediction-log';
import { quality } from './quality';
import { security } from './security';
import { removeLeftovers } from './support/cluster';
import { configFile, mlops } from './support/platform';
import { versions } from './versions';

const branch = new Branch(loadConfig(configFile).ci.branch);

// One platform for all, in this order: a cluster per test would take hours.
beforeAll(async () => {
  removeLeftovers();
  await mlops(['down']);
  rememberBefore();
  branch.reset();
});

afterAll(async () => {
  await mlops(['down']);
  branch.remove();
});

comesUp();
security();
policies();
predictionLog();
quality();
versions();
concurrency();
gatewayAddresses((figures) => {
  recordConcurrency(figures, 'make e2e');
});
monitoring();
ci();
faults();
goesDown();
