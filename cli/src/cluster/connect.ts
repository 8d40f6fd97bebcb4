import {
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  VersionApi,
} from '@kubernetes/client-node';
import { existsSync } from 'node:fs';
import { errors } from '../errors';
import type { Kubernetes } from './kubernetes';

/**
 * Clients for one context of a kubeconfig file.
 * @throws UserError clusterMissing, contextMissing
 */
export function connect(name: string, kubeconfig: string, context?: string): Kubernetes {
  if (!existsSync(kubeconfig)) throw errors.clusterMissing(name);
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  if (context !== undefined) {
    const known = config.getContexts().map((each) => each.name);
    if (!known.includes(context)) throw errors.contextMissing(context, known);
    config.setCurrentContext(context);
  }
  return clients(config);
}

/** Clients for the cluster that this process runs in, with the rights of its pod's service account. */
export function connectInside(): Kubernetes {
  const config = new KubeConfig();
  config.loadFromCluster();
  return clients(config);
}

function clients(config: KubeConfig): Kubernetes {
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    version: config.makeApiClient(VersionApi),
  };
}
