import { afterAll, beforeAll } from '@jest/globals';
import { loadConfig } from '../../stacks/shared/config';
import { Branch } from './ci/commits';
import { commit } from './commit';
import { lostRunners } from './lost-runners';
import { removeLeftovers } from './support/cluster';
import { configFile, mlops, mlopsSucceeds } from './support/platform';
import { trainingLoad } from './training-load';

const branch = new Branch(loadConfig(configFile).ci.branch);

// A platform of its own: testing a commit takes about as long as the other cluster tests.
beforeAll(async () => {
  removeLeftovers();
  await mlops(['down']);
  branch.reset();
  await mlopsSucceeds(['up']);
});

afterAll(async () => {
  await mlops(['down']);
  branch.remove();
});

trainingLoad('make e2e-ci');
lostRunners();
commit(branch);
