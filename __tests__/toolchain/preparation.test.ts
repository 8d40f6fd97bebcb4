import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { thisHost } from '../../toolchain/engine';
import { missingTasks } from '../../toolchain/preparation';
import { sources } from '../../toolchain/sources';
import type { Store } from '../../toolchain/store';

const empty: Store = {
  folder: '/nowhere',
  find: () => undefined,
  make: () => Promise.reject(new Error('nothing is made here')),
  clean: () => undefined,
};

const prepared = (source: 'upstream' | 'packages', cluster: 'kind' | 'existing' | 'none') =>
  missingTasks(sources[source], empty, { images: [], cluster }).map(({ id }) => id);

// Where these tests run, there may be none, and nobody who may install one.
beforeEach(() => {
  jest
    .spyOn(thisHost, 'ask')
    .mockImplementation((_engine, [command]) => ({ ok: command === 'info', output: '' }));
});

afterEach(() => {
  jest.restoreAllMocks();
});

test('kind and its node are prepared for a kind cluster', () => {
  expect(prepared('packages', 'kind')).toEqual(
    expect.arrayContaining(['go-kind', 'image-kind-node', 'node-loaded', 'provider-mirror', 'go-crane']),
  );
});

test.each(['upstream', 'packages'] as const)(
  'neither is for an existing cluster, which needs the other tools: %s',
  (source) => {
    const tasks = prepared(source, 'existing');
    expect(tasks.filter((id) => /kind|node-loaded/.test(id))).toEqual([]);
    expect(tasks.some((id) => id.includes('crane'))).toBe(true);
  },
);

test('nothing is for a single tool', () => {
  expect(prepared('packages', 'none')).toEqual([]);
});
