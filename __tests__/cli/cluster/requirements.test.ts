import { describe, expect, it } from '@jest/globals';
import { unmetRequirements } from '../../../cli/src/cluster/requirements';
import { errors } from '../../../cli/src/errors';

const fit = {
  mayNot: [],
  hasDefaultStorage: true,
  architectures: ['amd64'],
  isOpenShift: false,
  foreignNamespaces: [],
  dns: 'kubernetes cluster.local in-addr.arpa',
};

describe('an existing cluster', () => {
  it('is taken if nothing speaks against it', () => {
    expect(unmetRequirements(fit, 'amd64')).toEqual([]);
  });

  it('is taken if this user may not ask', () => {
    const unknown = { hasDefaultStorage: undefined, architectures: undefined, dns: undefined };
    expect(unmetRequirements({ ...fit, ...unknown }, 'amd64')).toEqual([]);
  });

  it.each([
    [{ mayNot: ['create namespaces', 'create clusterroles'] }, 'create namespaces, create clusterroles'],
    [{ hasDefaultStorage: false }, 'default StorageClass'],
    [{ architectures: ['amd64', 'arm64'] }, 'some nodes are arm64'],
    [{ isOpenShift: true }, 'OpenShift'],
    [{ foreignNamespaces: ['mlops-ci', 'mlops-system'] }, 'the platform needs: mlops-ci, mlops-system.'],
    [{ dns: 'kubernetes corp.example in-addr.arpa' }, 'not cluster.local'],
  ])('is refused before the first change, with the reason: %j', (change, reason) => {
    const problems = unmetRequirements({ ...fit, ...change }, 'amd64');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(reason);
  });

  it('is told of everything at once', () => {
    const traits = { ...fit, hasDefaultStorage: false, isOpenShift: true };
    expect(errors.clusterUnfit(unmetRequirements(traits, 'amd64')).message).toMatchInlineSnapshot(`
      "The platform cannot run on this cluster. Nothing was changed.
        got:      It has no default StorageClass; databases need volumes.
                  It is OpenShift, which assigns user ids; the images run as fixed ones.
        expected: a cluster as README.md describes it under "Existing cluster"
        fix:      Correct what is named, use another \`cluster.context\` in platform.yaml, or \`cluster.type: kind\`."
    `);
  });
});
