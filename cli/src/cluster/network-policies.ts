import type { V1Pod } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE } from '../../../contracts/namespaces';
import { LABEL, PART_OF } from '../../../contracts/objects';
import { clusterName, SERVICE } from '../../../contracts/services';
import { orUndefined, type Kubernetes } from './kubernetes';

/** Whether the cluster does what network policies say. */
export interface Enforcement {
  readonly enforced: boolean;
  readonly at: string;
  /** Of the nodes that it was tried on. */
  readonly nodes: string;
}

const ANNOTATION = 'mlops.dev/network-policies';
const namespace = NAMESPACE.ci;
const PATIENCE_MS = 60_000;

/** Exit codes of the pod that tries. */
const CODE = { closed: 0, open: 10, noDns: 20 } as const;

/**
 * Asks for PostgreSQL's name, which the policies of its namespace allow, and connects to it, which they do not.
 * Without an answer to the first, the second would prove nothing.
 */
const TRY = `
const { lookup } = require('node:dns');
const { connect } = require('node:net');
const end = (code) => process.exit(code);
lookup('${clusterName(SERVICE.postgres)}', (error, address) => {
  if (error) end(${String(CODE.noDns)});
  const socket = connect(${String(SERVICE.postgres.port)}, address, () => end(${String(CODE.open)}));
  socket.on('error', () => end(${String(CODE.closed)}));
  setTimeout(() => end(${String(CODE.closed)}), 3000);
});`;

/** The pod that tries: in the namespace of training, without a policy that allows it anything. */
export function tryingPod(image: string): V1Pod {
  return {
    metadata: {
      generateName: 'network-policies-',
      namespace,
      labels: { [LABEL.name]: 'network-policies', [LABEL.partOf]: PART_OF, [LABEL.managedBy]: 'mlops-cli' },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'try',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', TRY],
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  };
}

/**
 * Tries once per set of nodes whether policies are enforced, and keeps the result where `mlops status` finds it.
 * @param image of the model server
 * @returns undefined when it could not be found out
 */
export async function tryEnforcement(
  kubernetes: Kubernetes,
  image: string,
): Promise<Enforcement | undefined> {
  const { core } = kubernetes;
  const { items } = await core.listNode();
  const nodes = items
    .map(({ metadata }) => metadata?.uid ?? '')
    .sort()
    .join(' ');
  const known = await knownEnforcement(kubernetes);
  if (known?.nodes === nodes) return known;
  const code = await exitCode(kubernetes, tryingPod(image));
  if (code !== CODE.closed && code !== CODE.open) return undefined;
  const found = { enforced: code === CODE.closed, at: new Date().toISOString(), nodes };
  const system = await core.readNamespace({ name: NAMESPACE.system });
  const annotations = { ...system.metadata?.annotations, [ANNOTATION]: JSON.stringify(found) };
  const body = [{ op: 'add', path: '/metadata/annotations', value: annotations }];
  await core.patchNamespace({ name: NAMESPACE.system, body });
  return found;
}

/** What was found out before; undefined when nothing was, or this user may not read it. */
export async function knownEnforcement({ core }: Kubernetes): Promise<Enforcement | undefined> {
  const system = await core.readNamespace({ name: NAMESPACE.system }).catch(() => undefined);
  const value = system?.metadata?.annotations?.[ANNOTATION];
  return value === undefined ? undefined : (JSON.parse(value) as Enforcement);
}

async function exitCode({ core }: Kubernetes, body: V1Pod): Promise<number | undefined> {
  const { metadata } = await core.createNamespacedPod({ namespace, body });
  const name = metadata?.name ?? '';
  const deadline = Date.now() + PATIENCE_MS;
  try {
    while (Date.now() < deadline) {
      const pod = await core.readNamespacedPod({ namespace, name });
      const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
      if (ended) return ended.exitCode;
      await sleep(300);
    }
    return undefined;
  } finally {
    await orUndefined(core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 }));
  }
}

export function enforcementInWords(found: Enforcement | undefined): string {
  if (found === undefined) return 'Network policies: not known whether they are enforced';
  return found.enforced
    ? 'Network policies are enforced'
    : 'Network policies are NOT enforced on this cluster: any pod can reach any other';
}
