import { hostname, tmpdir, userInfo } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { isStale, parseLock, parseOrphan } from '../../cli/src/terraform';

const LOCKED = `
╷
│ Error: Error acquiring the state lock
│
│ Error message: the state is already locked by another terraform client
│ Lock Info:
│   ID:        0f0e1ac2-3c5d-8f0e-9a36-2b1f6bd1c1aa
│   Path:
│   Operation: OperationTypeApply
│   Who:       ada@laptop
│   Version:   1.11.4
│   Created:   2026-01-01 10:00:00.123456 +0000 UTC
╵`;

describe('a state lock', () => {
  it('is read from what Terraform prints', () => {
    expect(parseLock(LOCKED)).toEqual({
      id: '0f0e1ac2-3c5d-8f0e-9a36-2b1f6bd1c1aa',
      who: 'ada@laptop',
      created: '2026-01-01 10:00:00.123456 +0000 UTC',
    });
  });

  it('is not seen in other errors', () => {
    expect(parseLock('Error: something else\n ID: 7')).toBeUndefined();
  });

  it('of another machine is never stale', () => {
    expect(isStale({ id: '1', who: 'ada@elsewhere', created: 'then' }, tmpdir())).toBe(false);
  });

  it('of this user is stale when no Terraform works in the folder', () => {
    const who = `${userInfo().username}@${hostname()}`;
    expect(isStale({ id: '1', who, created: 'then' }, '/nowhere/stacks/serving')).toBe(true);
  });
});

describe('a resource that a killed run made but did not record', () => {
  const stack = JSON.stringify({
    resource: {
      helm_release: {
        gateway: { name: 'gateway', namespace: 'mlops-serving' },
        version: { name: '${each.key}', namespace: 'mlops-serving' },
      },
      kubernetes_namespace: { ci: { metadata: { name: 'mlops-ci' } } },
      kubernetes_config_map: { list: { metadata: [{ name: 'release-list', namespace: 'mlops-serving' }] } },
    },
  });

  it.each([
    [
      'a Helm release',
      'Error: cannot re-use a name that is still in use\n  with helm_release.gateway,',
      'helm_release.gateway',
      'mlops-serving/gateway',
    ],
    [
      'one of several releases',
      'Error: cannot re-use a name that is still in use\n  with helm_release.version["fraud-v2"],',
      'helm_release.version["fraud-v2"]',
      'mlops-serving/fraud-v2',
    ],
    [
      'a namespace',
      'Error: namespaces "mlops-ci" already exists\n  with kubernetes_namespace.ci,',
      'kubernetes_namespace.ci',
      'mlops-ci',
    ],
    [
      'a namespaced object',
      'Error: configmaps "release-list" already exists\n  with kubernetes_config_map.list,',
      'kubernetes_config_map.list',
      'mlops-serving/release-list',
    ],
  ])('is adopted: %s', (_, output, address, id) => {
    expect(parseOrphan(output, stack)).toEqual({ address, id });
  });

  it('is not guessed from other errors', () => {
    expect(parseOrphan('Error: timeout\n with helm_release.gateway,', stack)).toBeUndefined();
  });
});
