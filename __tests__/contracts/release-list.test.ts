import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { LONGEST_LEASE_SECONDS } from '../../contracts/canary';
import { emptyHistory, emptyReleaseList } from '../../contracts/release-list';
import { ROOT } from '../../contracts/repository';
import { RolloutError } from '../../rollout/failures';
import { parseReleases } from '../../rollout/releases';

interface Routing {
  nextRoutes(
    text: string,
    before: object,
    upstreams: object,
    leased: object,
    now: number,
  ): { refused: Record<string, string> };
}

const routesFile = pathToFileURL(join(ROOT, 'charts/gateway/files/routes.js')).href;
const { default: routing } = (await import(routesFile)) as { default: Routing };

function rolloutAccepts(text: string): boolean {
  try {
    parseReleases(text, JSON.stringify(emptyHistory));
    return true;
  } catch (error) {
    if (error instanceof RolloutError && error.failure.kind === 'listInvalid') return false;
    throw error;
  }
}

/** With an upstream for every version: one that is missing is no fault of the list. */
function gatewayAccepts(text: string): boolean {
  const upstreams = { fraud: { '1': 'fraud-v1', '2': 'fraud-v2', '10': 'fraud-v10' } };
  return Object.keys(routing.nextRoutes(text, {}, upstreams, {}, NOW).refused).length === 0;
}

const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const image = `registry.example/models/fraud@sha256:${'0'.repeat(64)}`;
const one = (version: unknown, weight: unknown) => ({ version, image, weight });
const until = (seconds: number) => new Date(NOW + 1000 * seconds).toISOString();
const canary = (lease: unknown, champion = '1') => ({
  version: '2',
  champion,
  phase: 'canary',
  step: 0,
  ...(lease === undefined ? {} : { until: lease }),
  by: 'ada@laptop',
  plan: {
    steps: [5, 100],
    leastRequests: 500,
    margins: { errors: 0.01 },
    risk: 0.01,
    stepMinutes: 60,
    withoutEvidence: 'hold',
    probationMinutes: 30,
  },
  past: [],
});
const canaryOf = (entry: unknown) => ({
  schema: 1,
  models: { fraud: { versions: [one('1', 95), one('2', 5)], canary: entry } },
});
const fraud = (...versions: unknown[]) => ({ schema: 1, models: { fraud: { versions } } });

describe('a release list is accepted by the rollout and by the gateway:', () => {
  it.each<[string, unknown]>([
    ['empty', emptyReleaseList],
    ['a model without versions', fraud()],
    ['one version', fraud(one('1', 100))],
    ['a first version that starts', fraud(one('1', 0))],
    ['a split', fraud(one('1', 30), one('10', 70))],
    ['a standby', fraud(one('2', 100), one('1', 0))],
    ['a canary', canaryOf(canary(until(120)))],
    ['a canary whose lease has ended', canaryOf(canary(until(-120)))],
    ['a version in probation', canaryOf(canary(undefined))],
    ['keys of a later release', { ...fraud({ ...one('1', 100), note: 'x' }), note: 'x' }],
  ])('%s', (_, list) => {
    const text = JSON.stringify(list);
    expect({ rollout: rolloutAccepts(text), gateway: gatewayAccepts(text) }).toEqual({
      rollout: true,
      gateway: true,
    });
  });
});

describe('a release list is refused by the rollout and by the gateway:', () => {
  it.each<[string, unknown]>([
    ['no object', []],
    ['null', null],
    ['another schema', { schema: 2, models: {} }],
    ['no schema', { models: {} }],
    ['no models', { schema: 1 }],
    ['models in an array', { schema: 1, models: [] }],
    ['a name that is none', { schema: 1, models: { Fraud: { versions: [] } } }],
    ['a name that is too long', { schema: 1, models: { [`f${'a'.repeat(40)}`]: { versions: [] } } }],
    ['a model that is null', { schema: 1, models: { fraud: null } }],
    ['no versions', { schema: 1, models: { fraud: {} } }],
    ['versions by name', { schema: 1, models: { fraud: { versions: { '1': 100 } } } }],
    ['a version that is null', fraud(null)],
    ['a version that is a number', fraud(one(1, 100))],
    ['version 0', fraud(one('0', 100))],
    ['a leading zero', fraud(one('01', 100))],
    ['half a percent', fraud(one('1', 0.5), one('2', 99.5))],
    ['a negative weight', fraud(one('1', -10), one('2', 110))],
    ['a weight in a string', fraud(one('1', '100'))],
    ['no weight', fraud({ version: '1', image })],
    ['a version twice', fraud(one('1', 50), one('2', 0), one('1', 50))],
    ['weights that add up to 90', fraud(one('1', 40), one('2', 50))],
    ['a canary that is none', canaryOf('2')],
    ['a canary beside no listed champion', canaryOf(canary(until(120), '3'))],
    ['a lease that ends at no time', canaryOf(canary('soon'))],
    ['weights that add up to 200', fraud(one('1', 100), one('2', 100))],
  ])('%s', (_, list) => {
    const text = JSON.stringify(list);
    expect({ rollout: rolloutAccepts(text), gateway: gatewayAccepts(text) }).toEqual({
      rollout: false,
      gateway: false,
    });
  });

  it('text that is not JSON', () => {
    expect([rolloutAccepts('{'), gatewayAccepts('{')]).toEqual([false, false]);
  });
});

it('an image without a digest is refused by the rollout; the gateway ignores images', () => {
  const text = JSON.stringify(fraud({ ...one('1', 100), image: 'registry.example/models/fraud:1' }));
  expect([rolloutAccepts(text), gatewayAccepts(text)]).toEqual([false, true]);
});

it('a lease that the author’s wrong clock made too long is refused by the gateway, whose clock is its own', () => {
  const text = JSON.stringify(canaryOf(canary(until(LONGEST_LEASE_SECONDS + 1))));
  expect([rolloutAccepts(text), gatewayAccepts(text)]).toEqual([true, false]);
  const longest = JSON.stringify(canaryOf(canary(until(LONGEST_LEASE_SECONDS))));
  expect(gatewayAccepts(longest)).toBe(true);
});
