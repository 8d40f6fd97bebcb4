import { afterEach, describe, expect, it } from '@jest/globals';
import { clusterEnsure } from '../../../cli/src/commands/cluster';
import { APPLIED_BY_MLOPS } from '../../../cli/src/terraform';
import { restoreEnv, stubEnv } from '../../support/env';

const { signal } = new AbortController();

afterEach(restoreEnv);

describe('what the cluster stack runs on create', () => {
  it('makes the cluster of platform.yaml when cdktf applies the stack', async () => {
    stubEnv({ [APPLIED_BY_MLOPS]: undefined, MLOPS_CONFIG: '/nowhere/platform.yaml' });
    await expect(clusterEnsure(signal)).rejects.toThrow('/nowhere/platform.yaml');
  });

  it('does nothing when mlops applies it', async () => {
    stubEnv({ [APPLIED_BY_MLOPS]: 'true', MLOPS_CONFIG: '/nowhere/platform.yaml' });
    await expect(clusterEnsure(signal)).resolves.toBeUndefined();
  });
});
