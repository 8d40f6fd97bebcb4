import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connect } from '../../../cli/src/cluster/connect';
import { reasonOf } from '../../../cli/src/cluster/kubernetes';

const kubeconfig = join(mkdtempSync(join(tmpdir(), 'mlops-')), 'kubeconfig');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [
      { name: 'a', context: { cluster: 'c', user: 'u' } },
      { name: 'b', context: { cluster: 'c', user: 'u' } },
    ],
    'current-context': 'a',
  }),
);

describe('connecting to a cluster', () => {
  it('uses the context that platform.yaml names', () => {
    expect(connect('test', kubeconfig, 'b').config.getCurrentContext()).toBe('b');
  });

  it('lists the contexts if the named one is missing', () => {
    expect(() => connect('test', kubeconfig, 'c')).toThrowErrorMatchingInlineSnapshot(`
     "The kubeconfig has no such context.
       got:      c
       expected: one of: a, b
       fix:      Correct \`cluster.context\` (or \`cluster.kubeconfig\`) in platform.yaml. Files that KUBECONFIG lists are not merged: \`kubectl config view --flatten >FILE\` makes one of them."
    `);
  });

  it('says that there is no platform if there is no kubeconfig', () => {
    expect(() => connect('test', '/nowhere/kubeconfig')).toThrow('There is no running platform called test.');
  });
});

describe('the reason of a failure', () => {
  it('is the innermost cause', () => {
    expect(reasonOf(new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') }))).toBe(
      'fetch failed: connect ECONNREFUSED',
    );
  });

  it('names every attempt', () => {
    expect(reasonOf(new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')]))).toBe(
      '::1 refused; 127.0.0.1 refused',
    );
  });
});
