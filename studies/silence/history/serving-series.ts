import { GATEWAY_METRIC, MODEL_SERVER_METRIC, SCRAPE_JOB } from '../../../contracts/metrics';
import { NAMESPACE } from '../../../contracts/namespaces';
import { END, livesOf, MODEL, podsOf, type Life, type Release } from './plan';
import { BOUNDS, sumAt, type Requests, type Stream } from './requests';
import { constant, LONG_STEP, SHORT_STEP, type Series } from './series';

type Labels = Readonly<Record<string, string>>;

/** Requests of one version as the gateway and its own pods count them. */
export function servingSeries(requests: Requests, release: Release): readonly Series[] {
  const version = { model: MODEL, version: release.version };
  const whole = { deployed: requests.from, removed: END };
  const atGateway = requests.gateways.flatMap((stream, slot) =>
    gatewayLives(slot, whole).flatMap((life) => gatewayCounters(requests, stream, release, version, life)),
  );
  const atServers = requests.servers.flatMap((stream, slot) =>
    podsOf(`${MODEL}-v${release.version}`, NAMESPACE.serving, slot, release)
      .flatMap(livesOf)
      .flatMap((life) => serverCounters(requests, stream, release, version, life)),
  );
  return [...atGateway, ...atServers];
}

/** What the gateway says of the weights: a standby has 0. */
export function weightSeries(from: number, all: readonly Release[]): readonly Series[] {
  const whole = { deployed: from, removed: END };
  return [0, 1].flatMap((slot) =>
    gatewayLives(slot, whole).flatMap((life) => {
      const gauge = (name: string, labels: Labels, release: Partial<Release>, value: Series['value']) => ({
        name,
        labels: { ...labels, ...target(SCRAPE_JOB.gateway, life) },
        step: LONG_STEP,
        offset: 11,
        from: Math.max(life.from, release.deployed ?? 0),
        to: Math.min(life.to, release.removed ?? END),
        value,
      });
      return [
        gauge(GATEWAY_METRIC.releaseListRefused.name, { model: MODEL }, {}, constant(0)),
        ...all.map((release) =>
          gauge(GATEWAY_METRIC.weight.name, { model: MODEL, version: release.version }, release, (at) =>
            at < release.replaced ? 100 : 0,
          ),
        ),
      ];
    }),
  );
}

function gatewayLives(slot: number, whole: Pick<Release, 'deployed' | 'removed'>): readonly Life[] {
  return podsOf('gateway', NAMESPACE.serving, slot, whole).flatMap(livesOf);
}

function gatewayCounters(
  requests: Requests,
  stream: Stream,
  release: Release,
  version: Labels,
  life: Life,
): readonly Series[] {
  const of = counterOf(requests, release, life, { ...version, ...target(SCRAPE_JOB.gateway, life) }, 11);
  return [
    ...Object.entries(stream.status).map(([status, values]) =>
      of(GATEWAY_METRIC.requests.name, { status }, values),
    ),
    of(GATEWAY_METRIC.attempts.name, { outcome: 'answered' }, stream.status['2xx']),
    of(GATEWAY_METRIC.attempts.name, { outcome: 'error' }, stream.status['5xx']),
    ...histogram(of, GATEWAY_METRIC.requestDuration.name, {}, stream, Object.values(stream.status)),
  ];
}

function serverCounters(
  requests: Requests,
  stream: Stream,
  release: Release,
  version: Labels,
  life: Life,
): readonly Series[] {
  const labels = { ...version, route: '/v2/models/:model/infer' };
  const of = counterOf(requests, release, life, { ...labels, ...target(SCRAPE_JOB.modelServer, life) }, 7);
  const { name } = MODEL_SERVER_METRIC.requestDuration;
  return [
    // Nearly all: of the others only the number matters.
    ...histogram(of, name, { status: '2xx' }, stream, [stream.status['2xx']]),
    ...(['4xx', '5xx'] as const).map((status) => of(`${name}_count`, { status }, stream.status[status])),
  ];
}

type CounterOf = (name: string, labels: Labels, ...values: readonly Float64Array[]) => Series;

function histogram(
  of: CounterOf,
  name: string,
  labels: Labels,
  stream: Stream,
  counts: readonly Float64Array[],
): readonly Series[] {
  return [
    ...BOUNDS.flatMap((bound, index) => {
      const values = stream.within[index];
      return values === undefined ? [] : [of(`${name}_bucket`, { ...labels, le: String(bound) }, values)];
    }),
    of(`${name}_bucket`, { ...labels, le: '+Inf' }, ...counts),
    of(`${name}_count`, labels, ...counts),
    of(`${name}_sum`, labels, stream.seconds),
  ];
}

/** Counts of one life, while the version takes traffic. */
function counterOf(
  requests: Requests,
  { deployed, replaced, removed }: Release,
  life: Life,
  common: Labels,
  offset: number,
): CounterOf {
  const from = Math.max(life.from, deployed);
  return (name, labels, ...values) => {
    const sum = (at: number): number => {
      const counted = Math.min(at, replaced);
      return values.reduce((total, each) => total + sumAt(requests, each, counted), 0);
    };
    const before = sum(from);
    return {
      name,
      labels: { ...common, ...labels },
      step: SHORT_STEP,
      offset,
      from,
      to: Math.min(life.to, removed),
      value: (at) => Math.max(0, sum(at) - before),
    };
  };
}

function target(job: string, { pod }: Life): Labels {
  return { job, namespace: NAMESPACE.serving, pod, instance: pod };
}
