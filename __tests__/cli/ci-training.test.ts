import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { resultOf } from '../../cli/src/ci-training';
import { writePodKubeconfig } from '../../cli/src/cluster/in-cluster';
import { currentBuild } from '../../cli/src/training';
import { testPlatform } from '../stacks/support';

describe('the result of a training in the CI', () => {
  const result = { model: 'fraud', version: '3' };

  it('is the last line that is one', () => {
    expect(resultOf(['✔ Train fraud', '{"step":"done"}', JSON.stringify(result)])).toEqual(result);
  });

  it.each([[[]], [['Trained.']], [['{"model":"fraud"']], [['{"step":"done"}']]])('is none in %j', (lines) => {
    expect(resultOf(lines)).toBeUndefined();
  });
});

describe('the build that a process is part of', () => {
  it('comes from the environment', () => {
    expect(currentBuild({ MLOPS_BUILD_URL: 'http://ci/7', MLOPS_BUILD_REQUEST: '12' })).toEqual({
      url: 'http://ci/7',
      request: '12',
    });
  });

  it('is none on a laptop', () => {
    expect(currentBuild({})).toBeUndefined();
  });
});

describe("a pod's kubeconfig", () => {
  it('names the file of the token, which kubelet renews, and the context that the stacks name', () => {
    const { config } = testPlatform();
    const kubeconfig = join(mkdtempSync(join(tmpdir(), 'mlops-')), 'work', 'kubeconfig');
    writePodKubeconfig({ ...config, paths: { ...config.paths, kubeconfig } }, '/account');
    expect(parse(readFileSync(kubeconfig, 'utf8'))).toMatchObject({
      'current-context': config.cluster.context,
      users: [{ user: { tokenFile: '/account/token' } }],
      clusters: [{ cluster: { server: 'https://kubernetes.default.svc' } }],
    });
  });
});
