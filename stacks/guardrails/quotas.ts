import { mebibytes } from '../../contracts/quantity';
import type { PlatformConfig, ReplicatedSize } from '../shared/config';

// Headroom for rolling updates, one-off pods and one version more than `keep`.
const HEADROOM = 2;
const PARALLEL_TRAININGS = 4;

export interface Quotas {
  readonly registry: Record<string, string>;
  readonly ci: Record<string, string>;
  readonly monitoring: Record<string, string>;
  readonly serving: Record<string, string>;
}

/** Quotas per namespace, derived from the sizes in platform.yaml so that they never block them. */
export function quotas(config: PlatformConfig): Quotas {
  const { sizes, models } = config;
  const registry = [sizes.postgres, sizes.mlflow, sizes.ociRegistry, sizes.quality]
    .map(({ memory }) => mebibytes(memory))
    .reduce((sum, memory) => sum + memory, 0);
  const versions = Object.values(models).map((model) => ({
    ...model,
    replicas: (model.autoscaling?.maxReplicas ?? model.replicas) * (model.keep + 1),
  }));
  const { prometheus, alertmanager, kubeStateMetrics, metricsServer, grafana } = sizes;
  const monitoring = [prometheus, alertmanager, kubeStateMetrics, metricsServer, grafana]
    .map(({ memory }) => mebibytes(memory))
    .reduce((sum, memory) => sum + memory, 0);
  const serving = [sizes.gateway, { ...sizes.rolloutController, replicas: 1 }, ...versions]
    .map(memoryOf)
    .reduce((sum, memory) => sum + memory, 0);
  return {
    registry: quota(registry * HEADROOM, 20, 3),
    ci: quota(mebibytes(sizes.training.memory) * PARALLEL_TRAININGS + ciMemory(config), 20, 1),
    monitoring: quota(monitoring * HEADROOM, 20, 3),
    serving: quota(serving * HEADROOM, 30 + 2 * podsOf(versions), 1),
  };
}

/** The master, its runners and the one that changes what serves. */
function ciMemory({ ci, sizes }: PlatformConfig): number {
  if (!ci.enabled) return 0;
  const runner = Math.max(mebibytes(sizes.ciRunner.memory), mebibytes(sizes.ciTest.memory));
  return mebibytes(sizes.ciMaster.memory) + runner * (ci.parallel + 1);
}

/** Kubernetes' canonical form: any other would show up as a change in every plan. */
export function canonical(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}

function quota(memory: number, pods: number, nodePorts: number): Record<string, string> {
  return {
    'limits.memory': canonical(memory),
    pods: String(pods),
    'services.nodeports': String(nodePorts),
    'services.loadbalancers': '0',
  };
}

function memoryOf({ replicas, memory }: ReplicatedSize): number {
  return replicas * mebibytes(memory);
}

function podsOf(sizes: readonly ReplicatedSize[]): number {
  return sizes.reduce((sum, { replicas }) => sum + replicas, 0);
}
