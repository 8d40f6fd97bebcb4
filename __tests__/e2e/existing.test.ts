import { afterAll, beforeAll } from '@jest/globals';
import { findEngine } from '../../toolchain/engine';
import { existing } from './existing';
import { removeCompanyRegistry } from './existing/company-registry';
import { removeForeignCluster } from './existing/foreign-cluster';

/** Also of a run that was killed: these names belong to the cluster tests alone. */
function removeAll(): void {
  if (!findEngine()) return;
  removeForeignCluster();
  removeCompanyRegistry();
}

beforeAll(removeAll);
afterAll(removeAll);

existing();
