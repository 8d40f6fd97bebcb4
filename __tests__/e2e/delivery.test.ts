import { beforeAll } from '@jest/globals';
import { canary } from './canary';
import { mlopsSucceeds } from './support/platform';

// On the cluster of the tests, which is made if it is not there, and stays: to look at, or to try again.
beforeAll(async () => {
  await mlopsSucceeds(['up']);
});

canary();
