import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';
import { LABEL } from '../../../contracts/objects';
import { CERTS_FOLDER } from '../../../contracts/oci';
import { SERVICE } from '../../../contracts/services';
import {
  kindNodePatches,
  nodeImage,
  preparationTasks,
  runTasks,
  tools,
  type ImageSource,
} from '../../../toolchain/index';
import { engine, removeNode } from '../support/cluster';

/** A cluster that is not the platform's: `kind` made it, as any other tool might have. */
export interface ForeignCluster {
  readonly context: string;
  readonly kubeconfig: string;
  /** This machine, as nodes and pods reach it. */
  readonly host: string;
  /** Lets nodes trust a registry that has a certificate of its own. */
  trust(registry: string, certificate: string): void;
}

const CLUSTER = 'mlops-existing';
const NODE = `${CLUSTER}-control-plane`;

/**
 * @param folder for its files
 * @param signal ends the preparation of what kind needs
 */
export async function makeForeignCluster(
  folder: string,
  source: ImageSource,
  signal: AbortSignal,
): Promise<ForeignCluster> {
  // What `mlops up` would not prepare for a cluster that exists.
  await runTasks(preparationTasks(source, { images: ['oci-registry'], cluster: 'kind' }), signal, {
    finished: ({ title }) => process.stdout.write(`  ${title}\n`),
  });
  const certificates = join(folder, 'certs.d');
  mkdirSync(certificates, { recursive: true });
  const configuration = join(folder, 'kind.yaml');
  const mount = { hostPath: certificates, containerPath: CERTS_FOLDER, readOnly: true };
  writeFileSync(
    configuration,
    stringify({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      name: CLUSTER,
      ...kindNodePatches(source),
      nodes: [{ role: 'control-plane', extraMounts: [mount] }],
    }),
  );
  const kubeconfig = join(folder, 'kubeconfig');
  const { kind, engine: owner } = tools(source);
  execFileSync(
    kind,
    [
      ...['create', 'cluster', '--config', configuration, '--image', nodeImage(source)],
      ...['--kubeconfig', kubeconfig, '--wait', '180s'],
    ],
    { env: { ...process.env, ...owner.env }, stdio: 'inherit' },
  );
  return {
    context: `kind-${CLUSTER}`,
    kubeconfig,
    host: engine('exec', NODE, 'ip', '-4', 'route', 'show', 'default').split(' ')[2] ?? '',
    trust: (registry, certificate) => {
      const place = join(certificates, registry);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'ca.crt'), certificate);
      const address = `https://${registry}`;
      writeFileSync(
        join(place, 'hosts.toml'),
        `server = "${address}"\n\n[host."${address}"]\n  capabilities = ["pull", "resolve"]\n` +
          `  ca = "${CERTS_FOLDER}/${registry}/ca.crt"\n`,
      );
    },
  };
}

/**
 * Opens the gateway on the node, as whoever runs the cluster would.
 * @returns its address for this machine
 */
export async function openGateway(core: Kubernetes['core']): Promise<string> {
  const { namespace, app, port } = SERVICE.gateway;
  const service = {
    metadata: { name: 'opened-by-the-owner' },
    spec: { type: 'NodePort', selector: { [LABEL.name]: app }, ports: [{ port }] },
  };
  const { spec } = await core.createNamespacedService({ namespace, body: service });
  const { items } = await core.listNode();
  const node = items[0]?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  return `http://${node}:${String(spec?.ports?.[0]?.nodePort)}`;
}

/** Does nothing where there is none. */
export function removeForeignCluster(): void {
  removeNode(NODE);
}
