import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { healthQueries, type HealthQuery } from '../../../monitoring/queries/health';
import { DRIFT_STATE } from '../../../monitoring/queries/drift';
import type { Sample } from '../../../cli/src/prometheus';
import { describeHealth } from '../../../cli/src/render/health';
import type { Session } from '../../../cli/src/session';
import { healthOf, readHealth } from '../../../cli/src/status/health';
import { testPlatform } from '../../stacks/support';
import { FakeKubernetes } from '../support/fake-kubernetes';

const VERSIONS = [{ version: '2', image: 'registry.example/models/fraud@sha256:0', weight: 100 }];

/** `name: {labels → value}`, labels as `a=1,b=2`. */
type Series = Partial<Record<HealthQuery, Readonly<Record<string, number>>>>;

function answers(given: Series): Record<HealthQuery, readonly Sample[]> {
  const samples = (values: Readonly<Record<string, number>> = {}): readonly Sample[] =>
    Object.entries(values).map(([labels, value]) => ({
      labels: Object.fromEntries(
        labels
          .split(',')
          .filter((each) => each !== '')
          .map((each) => each.split('=')),
      ) as Record<string, string>,
      value,
    }));
  const names = Object.keys(healthQueries('fraud')) as HealthQuery[];
  return Object.fromEntries(names.map((name) => [name, samples(given[name])])) as Record<
    HealthQuery,
    readonly Sample[]
  >;
}

/** Of both windows of an alert, as `span bound`. */
function bounds(objective: string, window: string, values: Readonly<Record<string, number>>) {
  const labelled = Object.entries(values).map(([key, value]) => {
    const [span = '', bound = ''] = key.split(' ');
    return [`objective=${objective},window=${window},span=${span},bound=${bound}`, value] as const;
  });
  return Object.fromEntries(labelled);
}

const AP = 'version=2,metric=average_precision';
const WELL: Series = {
  estimate: { [AP]: 0.6812, 'version=2,metric=recall': 0.5, 'version=1,metric=average_precision': 0.1 },
  lower: { [AP]: 0.6401 },
  upper: { [AP]: 0.7203 },
  gate: { [AP]: 0.5 },
  predictions: { 'version=2': 60_000 },
  labelled: { 'version=2': 57_000 },
  positives: { 'version=2': 430 },
  qualityAge: { '': 60 },
  driftState: { 'version=2,feature=amount': 0, 'version=2': 0 },
  psi: { 'version=2,feature=amount': 0.002, 'version=2': 0.001 },
  threshold: { 'version=2,feature=amount': 0.004, 'version=2': 0.005 },
  driftRows: { 'version=2,feature=amount': 60_100, 'version=2': 60_200 },
  errorShare: { 'window=1h': 0.0002, 'window=5m': 0, 'window=3d': 0.0001, 'window=6h': 0 },
  slowShare: { 'window=1h': 0.001, 'window=5m': 0.002 },
  requests: { 'window=1h': 1_200, 'window=3d': 90_000, 'window=6h': 400 },
  burnBound: {
    ...bounds('availability', '1h', { '1h lower': 0.00003, '1h upper': 0.003, '5m lower': 0 }),
    ...bounds('availability', '3d', { '3d lower': 0.00005, '3d upper': 0.0002, '6h lower': 0 }),
    ...bounds('latency', '1h', { '1h lower': 0.0004, '1h upper': 0.004, '5m lower': 0 }),
  },
};

const health = (changes: Series = {}) => healthOf(answers({ ...WELL, ...changes }), VERSIONS);
const words = (changes: Series = {}) => describeHealth(health(changes)).join('\n');

describe('health of a model', () => {
  it('is a figure with interval, gate, rows and coverage; drift with its threshold; burn with its requests', () => {
    expect(words()).toMatchInlineSnapshot(`
     "  availability       0.20 times as fast as allowed over 1h (1,200 requests); 0.10 times as fast as allowed over 3d (90,000 requests)
       latency            0.10 times as fast as allowed over 1h (1,200 requests)
       version  traffic  quality, last 7d                                  labelled                               drift
       2        100 %    average precision 0.681 [0.640, 0.720], gate 0.5  57,000 of 60,000 (95 %), 430 positive  0 of 2 in alarm; amount at 0.50 of its threshold (60,100 rows)"
    `);
  });

  it('has no figure without enough evidence, and says how much there is', () => {
    const { quality } = health({ estimate: {}, labelled: { 'version=2': 12 } }).versions[0] ?? {};
    expect(quality).toMatchObject({ state: 'not enough evidence', labelled: 12, measures: [] });
    expect(words({ estimate: {}, labelled: { 'version=2': 12 } })).toMatch(
      /not enough evidence +12 of 60,000 \(0 %\)/,
    );
  });

  it('does not take an estimate that is no number for one', () => {
    expect(health({ estimate: { [AP]: NaN } }).versions[0]?.quality.state).toBe('not enough evidence');
  });

  it('has no coverage before any cohort is mature', () => {
    const nothing = { predictions: { 'version=2': 0 }, labelled: { 'version=2': 0 }, estimate: {} };
    expect(health(nothing).versions[0]?.quality).toMatchObject({
      coverage: null,
      state: 'not enough evidence',
    });
  });

  it('calls figures stale that nobody computes any more', () => {
    expect(health({ qualityAge: { '': 7_300 } }).versions[0]?.quality.state).toBe('stale');
    expect(words({ qualityAge: { '': 7_300 } })).toContain('stale for 2.0 h');
  });

  it('says when the whole interval is below the gate', () => {
    expect(words({ gate: { [AP]: 0.75 } })).toContain('BELOW gate 0.75');
    expect(words({ gate: { [AP]: 0.7 } })).not.toContain('BELOW');
  });

  it('is unknown where nothing is exported', () => {
    const nothing = healthOf(answers({}), VERSIONS);
    expect(nothing.versions[0]).toMatchObject({
      quality: { state: 'no figures' },
      drift: { state: 'no figures', worst: null },
    });
    expect(new Set(nothing.burn.map(({ state }) => state))).toEqual(new Set(['no figures']));
  });
});

describe('drift of a version', () => {
  it('names what is in alarm, worst first shown', () => {
    const changed = {
      driftState: { 'version=2,feature=amount': DRIFT_STATE.drifting, 'version=2': DRIFT_STATE.quiet },
      psi: { 'version=2,feature=amount': 0.01, 'version=2': 0.001 },
    };
    expect(health(changed).versions[0]?.drift).toMatchObject({
      state: 'drifting',
      inAlarm: ['amount'],
      worst: { series: 'amount', ratio: 2.5, rows: 60_100 },
    });
    expect(words(changed)).toContain('IN ALARM: amount; amount at 2.50 of its threshold (60,100 rows)');
  });

  it.each([
    ['tooFewRows', 'not enough evidence'],
    ['windowNotFull', 'not a whole week yet'],
    ['noReference', 'no reference'],
    ['noNoiseFactor', 'no noise factor'],
  ] as const)('is %s in words, never a silent 0', (state, expected) => {
    const changed = { driftState: { 'version=2': DRIFT_STATE[state] }, psi: {}, threshold: {} };
    expect(health(changed).versions[0]?.drift).toMatchObject({ state: expected, judged: 0, worst: null });
    expect(words(changed)).toMatch(new RegExp(`${expected}$`));
  });

  it('tells how many series could not be judged beside those that could', () => {
    const changed = {
      driftState: { 'version=2,feature=amount': DRIFT_STATE.quiet, 'version=2': DRIFT_STATE.noNoiseFactor },
    };
    expect(words(changed)).toContain('0 of 2 in alarm');
    expect(words(changed)).toContain('1 not judged');
  });

  it('is that of its own version', () => {
    const changed = { driftState: { 'version=1': DRIFT_STATE.drifting, 'version=2': DRIFT_STATE.quiet } };
    expect(health(changed).versions[0]?.drift).toMatchObject({ state: 'quiet', series: 1 });
  });
});

describe('burn of the error budget', () => {
  const burn = (changes: Series, window: string) =>
    health(changes).burn.find((each) => each.objective === 'availability' && each.window === window);

  it('is how many times as fast as allowed', () => {
    expect(burn({}, '1h')).toMatchObject({ state: 'within budget', requests: 1_200, alarmAbove: 14.4 });
    expect(burn({}, '1h')?.factor).toBeCloseTo(0.2);
  });

  const failing = (long: number, short: number, values: Readonly<Record<string, number>>): Series => ({
    errorShare: { 'window=1h': long, 'window=5m': short },
    burnBound: bounds('availability', '1h', values),
  });

  it('burns when the lower bounds of both windows do, as the alert says', () => {
    const burning = failing(0.03, 0.03, { '1h lower': 0.02, '1h upper': 0.05, '5m lower': 0.015 });
    expect(burn(burning, '1h')).toMatchObject({ state: 'burning', lower: expect.closeTo(20) });
    expect(words(burning)).toContain('BURNING its budget 30.00 times as fast as allowed over 1h');
  });

  it('is over when the short window is well again', () => {
    const over = failing(0.03, 0, { '1h lower': 0.02, '1h upper': 0.05, '5m lower': 0 });
    expect(burn(over, '1h')?.state).toBe('over');
    expect(words(over)).toContain('30.00 times as fast as allowed over 1h (1,200 requests), but no longer');
  });

  it('is not enough evidence while the interval holds the alarm, as after one burst of failures', () => {
    const burst = failing(0.015, 0.18, { '1h lower': 0, '1h upper': 0.08, '5m lower': 0.002 });
    expect(burn(burst, '1h')?.state).toBe('not enough evidence');
    expect(words(burst)).toContain(
      'not enough evidence: 15.00 [0.00, 80.00] times as fast as allowed over 1h (1,200 requests)',
    );
  });

  it('is not enough evidence on a few requests, even if none fails', () => {
    const few = {
      ...failing(0, 0, { '1h lower': 0, '1h upper': 0.5, '5m lower': 0 }),
      requests: { 'window=1h': 3 },
    };
    expect(burn(few, '1h')?.state).toBe('not enough evidence');
    expect(words(few)).toContain('0.00 [0.00, 500.00] times as fast as allowed over 1h (3 requests)');
  });

  it('is not enough evidence without bounds, as in the first minutes', () => {
    expect(burn({ burnBound: {} }, '1h')).toMatchObject({ state: 'not enough evidence', lower: null });
  });
});

describe('Prometheus itself', () => {
  const { config } = testPlatform();
  const session = (changes: Partial<typeof config>, kubernetes = new FakeKubernetes()) =>
    ({
      config: { ...config, ...changes },
      kubernetes: () => kubernetes.client,
    }) as unknown as Session;
  const withPassword = () => {
    const kubernetes = new FakeKubernetes();
    const encode = (text: string) => Buffer.from(text).toString('base64');
    kubernetes.put('Secret', {
      metadata: { namespace: 'mlops-monitoring', name: 'prometheus-credentials' },
      data: { username: encode('admin'), password: encode('secret') },
    } as never);
    return kubernetes;
  };

  it.each([
    ['none', 'not bundled (monitoring: none)'],
    ['existing', 'not bundled (monitoring: existing): ask the Prometheus of the cluster'],
  ] as const)('is not asked with monitoring: %s', async (monitoring, state) => {
    const found = await readHealth(session({ monitoring }), 'fraud', VERSIONS);
    expect(found).toEqual({ prometheus: state, versions: [], burn: [] });
    expect(describeHealth(found)).toEqual([`  Prometheus         ${state}`]);
  });

  it('is a state without its password, and when it is down', async () => {
    const bundled = { monitoring: 'bundled', ports: { ...config.ports, prometheus: 1 } } as const;
    expect((await readHealth(session(bundled), 'fraud', VERSIONS)).prometheus).toBe(
      'Prometheus does not answer: it does not exist',
    );
    const down = await readHealth(session(bundled, withPassword()), 'fraud', VERSIONS);
    expect(down.prometheus).toMatch(/^Prometheus does not answer: .*fetch failed/);
    expect(down.versions).toEqual([]);
  });

  it('is asked for every query with its password', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push(new URLSearchParams(body).get('query') ?? '');
        response.end('{"status":"success","data":{"resultType":"vector","result":[]}}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const bundled = { monitoring: 'bundled', ports: { ...config.ports, prometheus: port } } as const;
    const found = await readHealth(session(bundled, withPassword()), 'fraud', VERSIONS);
    server.closeAllConnections();
    server.close();
    expect(found.prometheus).toBe('ok');
    expect(asked.toSorted()).toEqual(Object.values(healthQueries('fraud')).toSorted());
  });
});
