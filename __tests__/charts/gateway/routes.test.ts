import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../../contracts/repository';

type Weights = Record<string, number>;
type Names = Record<string, string>;

interface Lease {
  readonly until: number;
  readonly champion: string;
}

interface Routing {
  nextRoutes(
    text: string | Error,
    before: Record<string, Weights>,
    upstreams: Record<string, Names>,
    leased: Record<string, Lease>,
    now: number,
  ): { routes: Record<string, Weights>; leases: Record<string, Lease>; refused: Record<string, string> };
  inForce(
    routes: Record<string, Weights>,
    leases: Record<string, Lease>,
    now: number,
  ): Record<string, Weights>;
  draw(weights: Weights, bucket: number, has: Names): string;
}

const module_ = pathToFileURL(join(ROOT, 'charts/gateway/files/routes.js')).href;
const { default: routing } = (await import(module_)) as { default: Routing };

const UPSTREAMS = { fraud: { '1': 'fraud-v1', '2': 'fraud-v2' } };
const NOW = Date.parse('2026-01-01T12:00:00.000Z');
const GOOD = { fraud: { '1': 30, '2': 70 } };
const list = (versions: unknown) => JSON.stringify({ schema: 1, models: { fraud: { versions } } });
const buckets = Array.from({ length: 100 }, (_, bucket) => bucket);

describe('routes from a release list', () => {
  it('has every version that has an upstream, listed or not', () => {
    const { routes, refused } = routing.nextRoutes(
      list([{ version: '2', weight: 100 }]),
      {},
      UPSTREAMS,
      {},
      NOW,
    );
    expect(routes).toEqual({ fraud: { '1': 0, '2': 100 } });
    expect(refused).toEqual({});
  });

  it('leaves out a version without weight whose upstream is still to come', () => {
    const text = list([
      { version: '3', weight: 0 },
      { version: '2', weight: 100 },
    ]);
    expect(routing.nextRoutes(text, {}, UPSTREAMS, {}, NOW)).toEqual({
      routes: { fraud: { '1': 0, '2': 100 } },
      leases: {},
      refused: {},
    });
  });

  it.each([
    ['', 'it is not JSON'],
    ['[]', 'its schema is not 1'],
    ['null', 'its schema is not 1'],
    ['{"schema":1}', 'it has no models'],
    ['{"schema":1,"models":[]}', 'it has no models'],
    [
      '{"schema":1,"models":{"__proto__":{}}}',
      'the name of a model is not lower-case letters, digits and hyphens',
    ],
  ])('%s: nothing changes', (text, why) => {
    expect(routing.nextRoutes(text, GOOD, UPSTREAMS, {}, NOW)).toEqual({
      routes: GOOD,
      leases: {},
      refused: { '*': why },
    });
  });

  it('says why the list cannot be read', () => {
    const { routes, refused } = routing.nextRoutes(
      new Error('it does not exist yet'),
      GOOD,
      UPSTREAMS,
      {},
      NOW,
    );
    expect([routes, refused]).toEqual([GOOD, { '*': 'it does not exist yet' }]);
  });

  it.each([
    [undefined, 'it has no list of versions'],
    [[null], 'a version is not a number in a string'],
    [[{ version: 2, weight: 100 }], 'a version is not a number in a string'],
    [[{ version: '02', weight: 100 }], 'a version is not a number in a string'],
    [[{ version: '2' }], 'the weight of version 2 is not an integer from 0 to 100'],
    [[{ version: '2', weight: '100' }], 'the weight of version 2 is not an integer from 0 to 100'],
    [[{ version: '2', weight: -1 }], 'the weight of version 2 is not an integer from 0 to 100'],
    [[{ version: '2', weight: 99 }], 'the weights add up to 99, expected 100 or 0'],
    [[{ version: '3', weight: 100 }], 'version 3 has a weight but no upstream yet'],
  ])('%j: the model keeps its routes', (versions, why) => {
    expect(routing.nextRoutes(list(versions), GOOD, UPSTREAMS, {}, NOW)).toEqual({
      routes: GOOD,
      leases: {},
      refused: { fraud: why },
    });
  });

  it('drops a last good version that has no upstream any more', () => {
    const { routes } = routing.nextRoutes('broken', GOOD, { fraud: { '2': 'fraud-v2' } }, {}, NOW);
    expect(routes).toEqual({ fraud: { '2': 70 } });
  });

  it('ends the routes of a model that a good list does not have', () => {
    const text = JSON.stringify({ schema: 1, models: {} });
    expect(routing.nextRoutes(text, GOOD, UPSTREAMS, {}, NOW).routes).toEqual({ fraud: { '1': 0, '2': 0 } });
  });

  it('takes a model whose name every object knows', () => {
    const text = JSON.stringify({
      schema: 1,
      models: { constructor: { versions: [{ version: '1', weight: 100 }] } },
    });
    const upstreams = { constructor: { '1': 'constructor-v1' } } as unknown as Record<string, Names>;
    expect(routing.nextRoutes(text, {}, upstreams, {}, NOW).routes.constructor).toEqual({ '1': 100 });
  });
});

describe('the lease of a canary', () => {
  const until = NOW + 60_000;
  const lease = { until, champion: '1' };
  const versions = [
    { version: '1', weight: 95 },
    { version: '2', weight: 5 },
  ];
  const canaryOf = (canary: unknown) =>
    JSON.stringify({ schema: 1, models: { fraud: { versions, canary } } });
  const leased = canaryOf({ until: new Date(until).toISOString(), champion: '1' });
  const split = () => ({ fraud: { '1': 95, '2': 5 } });

  it('is read with the weights, and gone with the canary', () => {
    const { routes, leases } = routing.nextRoutes(leased, {}, UPSTREAMS, {}, NOW);
    expect({ routes, leases }).toEqual({ routes: split(), leases: { fraud: lease } });
    const promoted = list([{ version: '2', weight: 100 }]);
    expect(routing.nextRoutes(promoted, routes, UPSTREAMS, leases, NOW).leases).toEqual({});
  });

  it('leaves the weights as they are while it lasts, and all requests to the champion afterwards', () => {
    expect(routing.inForce(split(), { fraud: lease }, until)).toEqual(split());
    expect(routing.inForce(split(), { fraud: lease }, until + 1)).toEqual({ fraud: { '1': 100, '2': 0 } });
  });

  it.each(['broken', list([{ version: '2', weight: 99 }])])('outlives a list that is refused: %s', (text) => {
    const { routes, leases } = routing.nextRoutes(text, split(), UPSTREAMS, { fraud: lease }, NOW);
    expect(routing.inForce(routes, leases, until + 1)).toEqual({ fraud: { '1': 100, '2': 0 } });
  });

  it.each([
    [{ until: 'soon', champion: '1' }, 'the lease of its canary does not end at a time'],
    [{ until: new Date(until).toISOString(), champion: '3' }, 'the champion of its canary is not listed'],
    ['2', 'its canary is no object'],
  ])('%j is refused', (canary, why) => {
    const { routes, refused } = routing.nextRoutes(canaryOf(canary), GOOD, UPSTREAMS, {}, NOW);
    expect({ routes, refused }).toEqual({ routes: GOOD, refused: { fraud: why } });
  });
});

describe('the version of a bucket', () => {
  const shares = (weights: Weights) => {
    const drawn = buckets.map((bucket) => routing.draw(weights, bucket, { '1': 'a', '2': 'b', '10': 'c' }));
    return Object.fromEntries(
      Object.keys(weights).map((version) => [version, drawn.filter((v) => v === version).length]),
    );
  };

  it.each([[{ '1': 100, '2': 0 }], [{ '1': 95, '2': 5 }], [{ '1': 1, '2': 2, '10': 97 }]])(
    'follows %j exactly',
    (weights) => {
      expect(shares(weights)).toEqual(weights);
    },
  );

  it('stays when the share of the newest grows', () => {
    const drawnAt = (share: number) =>
      buckets.filter(
        (bucket) => routing.draw({ '2': 100 - share, '10': share }, bucket, { '2': 'b', '10': 'c' }) === '10',
      );
    expect(drawnAt(50)).toEqual(expect.arrayContaining(drawnAt(5)));
  });

  it('is none where no version has a weight', () => {
    expect(routing.draw({ '1': 0 }, 50, { '1': 'a' })).toBe('');
    expect(routing.draw({}, 50, {})).toBe('');
  });

  it('is one that this process knows, where it does not know the one that has the weight', () => {
    expect(routing.draw({ '1': 0, '2': 100 }, 50, { '1': 'a' })).toBe('1');
    expect(routing.draw({ '1': 40, '2': 60 }, 5, { '1': 'a' })).toBe('1');
  });
});
