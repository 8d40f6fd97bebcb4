import { PLATFORM_METRIC, SCRAPE_JOB } from '../../../contracts/metrics';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SERVICE } from '../../../contracts/services';
import { DAY, END, FIRST, HOUR, livesOf, MODEL, podsOf, type Pod, type Release } from './plan';
import { constant, LONG_STEP, type Series } from './series';

type Labels = Readonly<Record<string, string>>;

const GIBIBYTE = 2 ** 30;
/** PostgreSQL is replaced on the twelfth of each month of the history, in the night: not ready for a minute and a half. */
const isUpgraded = (at: number): boolean => {
  const since = (at - FIRST - 12 * DAY - 2 * HOUR) % (30 * DAY);
  return since >= 0 && since < 90;
};

/** What kube-state-metrics, the kubelets, Prometheus and Alertmanager say of a platform that is well. */
export function platformSeries(from: number, releases: readonly Release[]): readonly Series[] {
  const of = (
    name: string,
    job: string,
    labels: Labels,
    value: Series['value'],
    span: { readonly from?: number; readonly to?: number } = {},
  ): Series => ({
    name,
    labels: { ...labels, job, instance: job },
    step: LONG_STEP,
    offset: 53,
    from: Math.max(from, span.from ?? from),
    to: Math.min(END, span.to ?? END),
    value,
  });
  const { gateway, mlflow, ociRegistry, postgres } = SERVICE;
  const deployments = [gateway, mlflow, ociRegistry].map(({ namespace, service }) => ({
    namespace,
    deployment: service,
  }));
  const serving = [0, 1].flatMap((slot) => [
    ...releases.flatMap((release) =>
      podsOf(`${MODEL}-v${release.version}`, NAMESPACE.serving, slot, release),
    ),
    ...podsOf(gateway.service, gateway.namespace, slot, { deployed: from, removed: END }),
  ]);
  const others = [mlflow, ociRegistry, postgres, SERVICE.prometheus, SERVICE.alertmanager].map(
    ({ service, namespace }): Pod => ({ name: `${service}-0`, namespace, restarts: [], from, to: END }),
  );
  const state = SCRAPE_JOB.kubeState;
  return [
    ...deployments.flatMap((labels) => {
      const replicas = labels.deployment === gateway.service ? 2 : 1;
      return [
        of(PLATFORM_METRIC.deploymentReplicas.name, state, labels, constant(replicas)),
        of(PLATFORM_METRIC.deploymentAvailable.name, state, labels, constant(replicas)),
      ];
    }),
    of(
      PLATFORM_METRIC.statefulSetReady.name,
      state,
      { namespace: postgres.namespace, statefulset: postgres.service },
      (at) => (isUpgraded(at) ? 0 : 1),
    ),
    ...[...serving, ...others].map((pod) => {
      const labels = { namespace: pod.namespace, pod: pod.name, container: pod.name.split('-')[0] ?? '' };
      const value = (at: number) => pod.restarts.filter((restart) => restart <= at).length;
      return of(PLATFORM_METRIC.restarts.name, state, labels, value, pod);
    }),
    ...releases.map(({ version, dataEnd, removed }) => {
      // The Job that trained a version is kept until the next but one.
      const labels = { namespace: NAMESPACE.ci, job_name: `train-${MODEL}-${version}` };
      return of(PLATFORM_METRIC.jobFailed.name, state, labels, constant(0), { from: dataEnd, to: removed });
    }),
    ...volumes(from).map(({ namespace, claim, size, used }) =>
      of(
        PLATFORM_METRIC.volumeAvailable.name,
        SCRAPE_JOB.kubelet,
        { namespace, persistentvolumeclaim: claim },
        (at) => Math.round(size * (1 - used(at))),
      ),
    ),
    ...volumes(from).map(({ namespace, claim, size }) =>
      of(
        PLATFORM_METRIC.volumeCapacity.name,
        SCRAPE_JOB.kubelet,
        { namespace, persistentvolumeclaim: claim },
        constant(size),
      ),
    ),
    ...disk(from).map(([name, value]) =>
      of(name, `${SCRAPE_JOB.kubelet}-cadvisor`, { node: 'worker', device: '/dev/vda1' }, value),
    ),
    ...['served-rows', 'drift', 'slo', 'models', 'platform'].map((group) =>
      of(
        PLATFORM_METRIC.ruleFailures.name,
        SCRAPE_JOB.prometheus,
        { rule_group: `/etc/prometheus/rules/platform.yml;${group}` },
        constant(0),
      ),
    ),
    of(
      PLATFORM_METRIC.notificationsFailed.name,
      SCRAPE_JOB.alertmanager,
      { integration: 'webhook', reason: 'other' },
      // One that was tried again with success three months ago.
      constant(1),
    ),
    ...[
      SCRAPE_JOB.kubeState,
      SCRAPE_JOB.kubelet,
      SCRAPE_JOB.prometheus,
      SCRAPE_JOB.alertmanager,
      SCRAPE_JOB.quality,
    ].map((job) => of(PLATFORM_METRIC.up.name, job, {}, constant(1))),
    ...serving.map((pod) => upOf(pod)),
  ];
}

/** 1, and 0 while the container restarts. */
function upOf(pod: Pod): Series {
  const lives = livesOf(pod);
  const job = pod.name.startsWith(MODEL) ? SCRAPE_JOB.modelServer : SCRAPE_JOB.gateway;
  return {
    name: PLATFORM_METRIC.up.name,
    labels: { job, namespace: pod.namespace, pod: pod.name, instance: pod.name },
    step: LONG_STEP,
    offset: 7,
    from: pod.from,
    to: pod.to,
    value: (at) => (lives.some(({ from, to }) => at >= from && at < to) ? 1 : 0),
  };
}

/** The node's disk: images come until, at four fifths, the kubelet removes unused ones down to 70 %. */
function disk(from: number): readonly (readonly [string, Series['value']])[] {
  const size = 100 * GIBIBYTE;
  const used = (at: number): number => {
    const share = 0.5 + (0.01 * (at - from)) / DAY;
    return share < 0.8 ? share : 0.7 + ((share - 0.8) % 0.1);
  };
  return [
    [PLATFORM_METRIC.diskUsed.name, (at) => Math.round(size * used(at))],
    [PLATFORM_METRIC.diskSize.name, constant(size)],
  ];
}

interface Volume {
  readonly namespace: string;
  readonly claim: string;
  readonly size: number;
  /** Share, from 0 to 1. */
  readonly used: (at: number) => number;
}

/**
 * Volumes as they fill: Prometheus' up to four fifths, from where on it drops an old block of nine days whenever it is
 * full; PostgreSQL's by day until a day of the prediction log is dropped; the others slowly.
 */
function volumes(from: number): readonly Volume[] {
  const days = (at: number): number => (at - from) / DAY;
  const saw = (value: number, period: number): number => value - Math.floor(value / period) * period;
  return [
    {
      namespace: NAMESPACE.monitoring,
      claim: 'data-prometheus-0',
      size: 8 * GIBIBYTE,
      // 1 % a day, and the head that becomes a block every two hours.
      used: (at) =>
        (days(at) < 71 ? 0.1 + 0.01 * days(at) : 0.72 + 0.01 * saw(days(at) - 71, 9)) +
        0.04 * saw(days(at), 1 / 12),
    },
    {
      namespace: NAMESPACE.registry,
      claim: 'data-postgres-0',
      size: 5 * GIBIBYTE,
      used: (at) => Math.min(0.05 + 0.005 * days(at), 0.45) + 0.005 * saw(days(at), 1),
    },
    {
      namespace: NAMESPACE.registry,
      claim: 'mlflow',
      size: 5 * GIBIBYTE,
      used: (at) => 0.1 + 0.004 * Math.floor(days(at) / 7),
    },
    {
      namespace: NAMESPACE.registry,
      claim: 'registry',
      size: 10 * GIBIBYTE,
      used: (at) => 0.3 + 0.01 * Math.floor(days(at) / 28),
    },
    {
      namespace: NAMESPACE.monitoring,
      claim: 'data-alertmanager-0',
      size: GIBIBYTE / 4,
      used: (at) => 0.02 + 0.0001 * saw(days(at), 5),
    },
  ];
}
