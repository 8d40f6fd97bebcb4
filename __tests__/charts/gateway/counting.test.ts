import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ATTEMPT_OUTCOME, GATEWAY_METRIC } from '../../../contracts/metrics';
import { ROOT } from '../../../contracts/repository';
import { SLO } from '../../../monitoring/queries/serving';
import { parseExposition } from './support/exposition';

type Variables = Record<string, string>;

interface Counting {
  attempts(variables: Variables): string[];
  count(zone: Numbers, variables: Variables): void;
  exposition(
    zone: Numbers,
    routes: Record<string, Record<string, number>>,
    refused: Record<string, string>,
  ): string;
  prune(zone: Numbers, routes: Record<string, Record<string, number>>): void;
}

const module_ = pathToFileURL(join(ROOT, 'charts/gateway/files/metrics.js')).href;
const { default: counting } = (await import(module_)) as { default: Counting };

/** nginx' zone of numbers. */
class Numbers {
  readonly #values = new Map<string, number>();
  get(key: string): number | undefined {
    return this.#values.get(key);
  }
  incr(key: string, by: number): void {
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }
  keys(): string[] {
    return [...this.#values.keys()];
  }
  delete(key: string): void {
    this.#values.delete(key);
  }
}

const ROUTES = { fraud: { '1': 10, '2': 90 } };
const answered: Variables = {
  inference: '1',
  model: 'fraud',
  sent_version: '2',
  status: '200',
  request_time: '0.004',
  upstream_addr: '10.0.0.1:8080',
  upstream_status: '200',
  upstream_connect_time: '0.000',
  upstream_header_time: '0.003',
};

function shown(variables: readonly Variables[], refused = {}, routes = ROUTES) {
  const zone = new Numbers();
  for (const each of variables) counting.count(zone, each);
  return parseExposition(counting.exposition(zone, routes, refused));
}

const valueOf = (families: ReturnType<typeof shown>, name: string, labels: string) =>
  families.get(name)?.values.get(labels);

describe('what the gateway exports', () => {
  it.each(Object.values(GATEWAY_METRIC))('has $name as the contract says', (contract) => {
    const family = shown([answered]).get(contract.name);
    expect([family?.type, family?.help]).toEqual([contract.type, contract.help]);
    for (const key of family?.values.keys() ?? []) {
      const labels = [...key.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((each) => each !== 'le');
      expect(labels).toEqual(contract.labels);
    }
    expect(family?.values.size).toBeGreaterThan(0);
  });

  it('has no other family', () => {
    expect([...shown([]).keys()].sort()).toEqual(
      Object.values(GATEWAY_METRIC)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('has every outcome of the contract from the start, as 0', () => {
    const { values } = shown([]).get(GATEWAY_METRIC.attempts.name) ?? {};
    expect([...(values ?? [])]).toEqual(
      ['1', '2'].flatMap((version) =>
        ATTEMPT_OUTCOME.map((outcome) => [`{model="fraud",version="${version}",outcome="${outcome}"}`, 0]),
      ),
    );
  });

  it('has the bound of the latency promise as a bucket', () => {
    const fast = { ...answered, request_time: String(SLO.latencySeconds) };
    const slow = { ...answered, request_time: String(SLO.latencySeconds + 0.001) };
    const families = shown([fast, slow]);
    const bucket = (le: string) =>
      valueOf(families, GATEWAY_METRIC.requestDuration.name, `_bucket{model="fraud",version="2",le="${le}"}`);
    expect([bucket('0.05'), bucket(String(SLO.latencySeconds)), bucket('0.25'), bucket('+Inf')]).toEqual([
      0, 1, 2, 2,
    ]);
  });

  it('sums durations without the errors of floating point', () => {
    const families = shown(Array.from({ length: 10 }, () => ({ ...answered, request_time: '0.100' })));
    const name = GATEWAY_METRIC.requestDuration.name;
    expect(valueOf(families, name, '_sum{model="fraud",version="2"}')).toBe(1);
    expect(valueOf(families, name, '_count{model="fraud",version="2"}')).toBe(10);
  });

  it('has the weights in force', () => {
    expect([...(shown([]).get(GATEWAY_METRIC.weight.name)?.values ?? [])]).toEqual([
      ['{model="fraud",version="1"}', 10],
      ['{model="fraud",version="2"}', 90],
    ]);
  });

  it.each([
    ['no model', {}, { fraud: 0 }],
    ['a model', { fraud: 'why' }, { fraud: 1 }],
    ['the whole list', { '*': 'why' }, { fraud: 1 }],
    ['a model without an upstream', { churn: 'why' }, { fraud: 0, churn: 1 }],
  ])('says that the list is refused for %s', (_, refused, expected) => {
    const { values } = shown([], refused).get(GATEWAY_METRIC.releaseListRefused.name) ?? {};
    expect(Object.fromEntries(values ?? [])).toEqual(
      Object.fromEntries(Object.entries(expected).map(([model, value]) => [`{model="${model}"}`, value])),
    );
  });

  it('can be of models whose names are those of properties', () => {
    const routes = { constructor: { '1': 100 } } as unknown as typeof ROUTES;
    const families = shown([], {}, routes);
    expect(valueOf(families, GATEWAY_METRIC.weight.name, '{model="constructor",version="1"}')).toBe(100);
  });
});

describe('a request', () => {
  it.each([
    ['of a page or probe', { ...answered, inference: '' }],
    ['of no model', { ...answered, model: '' }],
  ])('%s is not counted', (_, variables) => {
    const zone = new Numbers();
    counting.count(zone, variables);
    expect(zone.keys()).toEqual([]);
  });

  it('that the champion answered in a canary’s place counts for the canary alone', () => {
    const replaced = {
      ...answered,
      upstream_addr: '10.0.0.2:8080 : 10.0.0.1:8080',
      upstream_status: '504 : 200',
      upstream_connect_time: '0.001 : 0.001',
      upstream_header_time: '- : 0.003',
    };
    expect(counting.attempts(replaced)).toEqual(['timeout']);
    const failed = shown([replaced]).get(GATEWAY_METRIC.failedRequests.name)?.values;
    expect([failed?.get('{model="fraud",version="1"}'), failed?.get('{model="fraud",version="2"}')]).toEqual([
      0, 1,
    ]);
  });

  it('that no version got is counted under none', () => {
    const families = shown([{ ...answered, upstream_addr: '', sent_version: '', status: '503' }]);
    expect(
      valueOf(families, GATEWAY_METRIC.requests.name, '{model="fraud",version="none",status="5xx"}'),
    ).toBe(1);
    expect([...(families.get(GATEWAY_METRIC.attempts.name)?.values.values() ?? [])].some(Boolean)).toBe(
      false,
    );
  });
});

it('counts a request whose attempts failed once, rescued by its retry or not', () => {
  const twice = { upstream_addr: '10.0.0.1:8080, 10.0.0.2:8080', upstream_connect_time: '-, 0.001' };
  const rescued = { ...answered, ...twice, upstream_status: '502, 200', upstream_header_time: '-, 0.003' };
  const lost = {
    ...answered,
    ...twice,
    status: '502',
    upstream_status: '502, 502',
    upstream_header_time: '-, -',
  };
  const families = shown([answered, rescued, lost]);
  expect(valueOf(families, GATEWAY_METRIC.failedRequests.name, '{model="fraud",version="2"}')).toBe(2);
  expect(valueOf(families, GATEWAY_METRIC.failedRequests.name, '{model="fraud",version="1"}')).toBe(0);
});

describe('the outcome of attempts', () => {
  const tries = (addr: string, status: string, connect: string, header: string, foreign = '') =>
    counting.attempts({
      upstream_addr: addr,
      upstream_status: status,
      upstream_connect_time: connect,
      upstream_header_time: header,
      foreign,
    });

  it.each([
    ['an answer', ['a:1', '200', '0.000', '0.003'], ['answered']],
    ['a refusal of what the client sent', ['a:1', '400', '0.000', '0.003'], ['answered']],
    ['an error that the pod answered', ['a:1', '503', '0.000', '0.003'], ['error']],
    ['a timeout that the pod itself answered', ['a:1', '504', '0.000', '0.003'], ['error']],
    [
      'a cut connection, then an answer',
      ['a:1, b:1', '502, 200', '0.000, 0.001', '-, 0.004'],
      ['error', 'answered'],
    ],
    [
      'a second try that nginx gave up, then an answer',
      ['a:1, fraud-v2 : b:1', '502, 502 : 200', '0.000, - : 0.001', '-, - : 0.004'],
      ['error', 'answered'],
    ],
    [
      'second tries that nginx gave up twice',
      ['a:1, fraud-v2 : b:1, fraud-v2', '502, 502 : 502, 502', '0.000, - : -, -', '-, - : -, -'],
      ['error', 'unreachable'],
    ],
    [
      'no pod of the canary, then an answer of the champion',
      ['fraud-v2 : a:1', '502 : 200', '- : 0.001', '- : 0.004'],
      [],
    ],
    ['refused connections', ['a:1, a:1', '502, 502', '-, -', '-, -'], ['unreachable', 'unreachable']],
    ['no time to connect', ['a:1', '504', '-', '-'], ['unreachable']],
    ['no answer in time', ['a:1', '504', '0.000', '-'], ['timeout']],
    ['a client that left', ['a:1', '-', '0.000', '-'], ['abandoned']],
    ['no pod', ['fraud-v2', '502', '-', '-'], []],
    ['no upstream', ['', '', '', ''], []],
  ] as const)('of %s', (_, [addr, status, connect, header], expected) => {
    expect(tries(addr, status, connect, header)).toEqual(expected);
  });

  it('is foreign for the last when its answer is', () => {
    expect(tries('a:1, b:1', '502, 200', '0.000, 0.000', '-, 0.002', '2')).toEqual(['error', 'foreign']);
  });
});

describe('versions that are gone', () => {
  it('are forgotten, others and requests without a version stay', () => {
    const zone = new Numbers();
    counting.count(zone, answered);
    counting.count(zone, { ...answered, sent_version: '1' });
    counting.count(zone, { ...answered, sent_version: '', upstream_addr: '' });
    counting.prune(zone, { fraud: { '2': 100 } });
    expect(new Set(zone.keys().map((key) => key.split(' ')[2]))).toEqual(new Set(['2', 'none']));
  });
});
