import { PortForward } from '@kubernetes/client-node';
import { createServer, type AddressInfo } from 'node:net';
import { LABEL } from '../../../contracts/objects';
import { clusterAddress, type ServiceContract } from '../../../contracts/services';
import { errors } from '../errors';
import type { Kubernetes } from './kubernetes';

export interface Endpoint {
  /** For example http://127.0.0.1:5000, without a trailing slash. */
  readonly address: string;
  close(): void;
}

/** Services that are reached from outside the cluster. */
export type ServiceName = 'gateway' | 'mlflow' | 'ociRegistry' | 'prometheus' | 'ci';

/** A port that kind maps to 127.0.0.1 for the life of the cluster. */
export function mapped(port: number): Endpoint {
  return { address: `http://127.0.0.1:${String(port)}`, close: () => undefined };
}

/** A Service by its name in the cluster, for a process in a pod. */
export function inside(service: ServiceContract): Endpoint {
  return { address: `http://${clusterAddress(service)}`, close: () => undefined };
}

/** Forwards a free local port to a pod through the API server, as `kubectl port-forward` does. */
export async function forward(kubernetes: Kubernetes, service: ServiceContract, port = 0): Promise<Endpoint> {
  const { items } = await kubernetes.core.listNamespacedPod({
    namespace: service.namespace,
    labelSelector: `${LABEL.name}=${service.app}`,
    fieldSelector: 'status.phase=Running',
  });
  const pod = items[0]?.metadata?.name;
  if (pod === undefined) {
    throw errors.unavailable(service.title, `namespace ${service.namespace}`, 'no running pod');
  }
  const forwarder = new PortForward(kubernetes.config);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    forwarder
      .portForward(service.namespace, pod, [service.port], socket, null, socket)
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${String(bound)}`, close: () => void server.close() };
}
