import { NAMESPACE } from '../../contracts/namespaces';
import { PLATFORM_METRIC, SCRAPE_JOB } from '../../contracts/metrics';
import { SERVICE } from '../../contracts/services';
import { lines, selector, sumBy, type PromQL } from './promql';

/** Every namespace of the platform, as a regular expression. */
export const OURS = `=~${Object.values(NAMESPACE).join('|')}`;

/** A Deployment should have replicas, but none is available. */
function deploymentDown(namespace: string, deployment: string): PromQL {
  const which = { namespace, deployment };
  return lines(`
    ${selector(PLATFORM_METRIC.deploymentAvailable.name, which)} == 0
    and ${selector(PLATFORM_METRIC.deploymentReplicas.name, which)} > 0`);
}

function statefulSetDown(namespace: string, statefulset: string): PromQL {
  return `${selector(PLATFORM_METRIC.statefulSetReady.name, { namespace, statefulset })} == 0`;
}

export const postgresDown = (): PromQL =>
  statefulSetDown(SERVICE.postgres.namespace, SERVICE.postgres.service);
export const mlflowDown = (): PromQL => deploymentDown(SERVICE.mlflow.namespace, SERVICE.mlflow.service);
export const ociRegistryDown = (): PromQL =>
  deploymentDown(SERVICE.ociRegistry.namespace, SERVICE.ociRegistry.service);
export const gatewayDown = (): PromQL => deploymentDown(SERVICE.gateway.namespace, SERVICE.gateway.service);

/** Free share of every volume of the platform. */
export function volumeFree(): PromQL {
  const which = { namespace: OURS };
  return `${selector(PLATFORM_METRIC.volumeAvailable.name, which)} / ${selector(PLATFORM_METRIC.volumeCapacity.name, which)}`;
}

/**
 * Free share of every node disk. If volumes are folders on the node, as on kind, the kubelet does not measure them, and
 * their disk fills up instead.
 */
export function diskFree(): PromQL {
  return `1 - ${PLATFORM_METRIC.diskUsed.name} / ${PLATFORM_METRIC.diskSize.name}`;
}

export function volumeFilling(): PromQL {
  const available = selector(PLATFORM_METRIC.volumeAvailable.name, { namespace: OURS });
  return filling(volumeFree(), `predict_linear(${available}[6h], ${AHEAD}) < 0`);
}

export function diskFilling(): PromQL {
  const { diskUsed, diskSize } = PLATFORM_METRIC;
  return filling(diskFree(), `predict_linear(${diskUsed.name}[6h], ${AHEAD}) > ${diskSize.name}`);
}

const AHEAD = '4 * 24 * 3600';

/** Nearly full, or full within four days at the rate of the last six hours. */
function filling(free: PromQL, willBeFull: PromQL): PromQL {
  return lines(`
    (${free}) < 0.05
    or
    (
      (${free}) < 0.2
      and ${willBeFull}
    )`);
}

/** Container restarts in the window. */
export function restarts(window: string): PromQL {
  return sumBy(
    ['namespace', 'pod', 'container'],
    `increase(${selector(PLATFORM_METRIC.restarts.name, { namespace: OURS })}[${window}])`,
  );
}

const memory = (): PromQL =>
  sumBy(
    ['namespace', 'pod'],
    selector(PLATFORM_METRIC.containerMemory.name, { namespace: OURS, container: '!=' }),
  );

export const cpu = (window: string): PromQL =>
  sumBy(
    ['namespace', 'pod'],
    `rate(${selector(PLATFORM_METRIC.containerCpu.name, { namespace: OURS, container: '!=' })}[${window}])`,
  );

/** Used share of the memory limit. */
export function memorySaturation(): PromQL {
  const limit = selector(PLATFORM_METRIC.memoryLimit.name, { namespace: OURS, resource: 'memory' });
  return `${memory()}\n/ ${sumBy(['namespace', 'pod'], limit)}`;
}

/** Targets that cannot be scraped. */
export const targetsDown = (): PromQL => `${PLATFORM_METRIC.up.name} == 0`;

/** Jobs that must always have a target: without them, other alerts are silent. */
export function targetsMissing(): PromQL {
  return [SCRAPE_JOB.gateway, SCRAPE_JOB.modelServer, SCRAPE_JOB.kubeState, SCRAPE_JOB.kubelet]
    .map((job) => `absent(${selector(PLATFORM_METRIC.up.name, { job })})`)
    .join('\nor\n');
}

const TRAINING = { namespace: NAMESPACE.ci, job_name: '=~train-.*' } as const;
export const trainingsFailed = (): PromQL => `${selector(PLATFORM_METRIC.jobFailed.name, TRAINING)} > 0`;
export const trainingsActive = (): PromQL => `sum(${selector(PLATFORM_METRIC.jobActive.name, TRAINING)})`;
export const trainingSeconds = (): PromQL =>
  `${selector(PLATFORM_METRIC.jobCompletion.name, TRAINING)} - ${selector(PLATFORM_METRIC.jobStart.name, TRAINING)}`;
