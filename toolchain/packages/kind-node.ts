import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../../contracts/files';
import type { Build, Recipe } from '../artifact';
import { buildImage, engineCommand, removeImage, requireEngine, saveImages, type Engine } from '../engine';
import { ensureRoot, IMAGE_ARCHIVE, tagOf } from '../image';
import { ROOT } from '../../contracts/repository';
import { goProgram } from './go-program';
import { nodeRoot } from './roots';
import { versions } from './versions';

const SOURCE = 'toolchain/packages/images/kind-node';

const { kubernetes, kubeadm } = versions;
const [major = '', minor = ''] = kubernetes.split('.');

/** Kubernetes, etcd and CoreDNS as one program that dispatches on the name it is called by. */
const hyperkube = goProgram({
  name: 'hyperkube',
  variables: Object.fromEntries(
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
      [`${path}.gitVersion`, `v${kubernetes}`],
      [`${path}.gitMajor`, major],
      [`${path}.gitMinor`, minor],
      [`${path}.gitTreeState`, 'clean'],
    ]),
  ),
});

const pause = goProgram({ name: 'pause' });

const localPathProvisioner = goProgram({
  name: 'local-path-provisioner',
  module: 'hyperkube',
  package: 'github.com/rancher/local-path-provisioner',
  after: [hyperkube],
});

/** Enforces network policies. */
const policyController = goProgram({ name: 'policy-controller', after: [hyperkube] });

/** The one image of all Kubernetes components, under the names that kubeadm and our manifests use. */
const PRELOADED = 'localhost/mlops/kubernetes:preloaded';
const KUBEADM_NAMES = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
    (name) => `registry.k8s.io/${name}:v${kubernetes}`,
  ),
  `registry.k8s.io/etcd:${kubeadm.etcd}`,
  `registry.k8s.io/coredns/coredns:${kubeadm.coredns}`,
  `registry.k8s.io/pause:${kubeadm.pause}`,
];

/** A node image for kind. */
export const kindNode: Recipe = {
  id: 'image-kind-node',
  title: `build the Kubernetes ${kubernetes} node image`,
  files: [SOURCE],
  settings: { kubernetes, names: KUBEADM_NAMES.join(',') },
  needs: [nodeRoot.recipe, hyperkube, pause, localPathProvisioner, policyController],
  heavy: true,
  build: async (build) => {
    const engine = requireEngine();
    const context = writeContext(build);
    const root = await ensureRoot(engine, nodeRoot, build);
    // Several builds may run on one machine: unique names until the result gets its final one.
    const scratch = `localhost/mlops/building-${String(process.pid)}`;
    const call = { report: build.report, signal: build.signal };
    try {
      const kubernetesImages = join(build.folder, 'kubernetes.tar');
      await buildKubernetesImages(engine, { context, root, archive: kubernetesImages }, call);
      const empty = `${scratch}:node`;
      await buildImage(engine, { context, tag: empty, args: { ROOT: root }, secrets: {} }, call);
      await preload(engine, { image: empty, context, archive: kubernetesImages, tag: tagOf(kindNode) }, call);
      await removeImage(engine, empty);
      rmSync(kubernetesImages);
      await saveImages(engine, [tagOf(kindNode)], join(build.folder, IMAGE_ARCHIVE), call);
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  },
};

/** Writes all that a node image has beside its Debian packages. @returns the folder */
export function writeContext({ folder, input }: Build): string {
  const context = join(folder, 'context');
  mkdirSync(context);
  for (const { path, mode, content } of listFiles(ROOT, SOURCE)) {
    writeFileSync(join(context, path.slice(SOURCE.length + 1)), content, {
      mode: mode === '0755' ? 0o755 : 0o644,
    });
  }
  for (const [recipe, name] of [
    [hyperkube, 'hyperkube'],
    [pause, 'pause'],
    [localPathProvisioner, 'local-path-provisioner'],
    [policyController, 'policy-controller'],
  ] as const) {
    cpSync(join(input(recipe), name), join(context, name));
  }
  writeFileSync(join(context, 'version'), `v${kubernetes}`);
  return context;
}

type Call = Pick<Build, 'report' | 'signal'>;

/** Writes what Kubernetes itself starts as containers, as a docker-archive. */
export async function buildKubernetesImages(
  engine: Engine,
  { context, root, archive }: { context: string; root: string; archive: string },
  call: Call,
): Promise<void> {
  const file = 'kubernetes.Dockerfile';
  await buildImage(engine, { context, file, tag: PRELOADED, args: { ROOT: root }, secrets: {} }, call);
  for (const name of KUBEADM_NAMES) await engineCommand(engine, ['tag', PRELOADED, name], call);
  await saveImages(engine, [PRELOADED, ...KUBEADM_NAMES], archive, call);
  for (const name of [...KUBEADM_NAMES, PRELOADED]) await removeImage(engine, name);
}

/** Fills containerd's store inside the image: importing at first boot would cost ten seconds. */
export async function preload(
  engine: Engine,
  { image, context, archive, tag }: { image: string; context: string; archive: string; tag: string },
  call: Call,
): Promise<void> {
  const container = `mlops-preload-${String(process.pid)}`;
  try {
    await engineCommand(
      engine,
      [
        ...['run', '--name', container, '--privileged', '--network', 'none', '--entrypoint', '/bin/bash'],
        ...['--volume', `${archive}:/images.tar:ro`],
        ...['--volume', `${join(context, 'import-images')}:/import-images:ro`],
        ...[image, '/import-images', '/images.tar'],
      ],
      call,
    );
    // Commit keeps the entry point of the run unless one is given.
    const entrypoint = 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]';
    await engineCommand(
      engine,
      ['commit', '--change', entrypoint, '--change', 'CMD []', container, tag],
      call,
    );
  } finally {
    await engineCommand(engine, ['rm', '--force', container], {
      report: () => undefined,
      signal: new AbortController().signal,
    }).catch(() => undefined);
  }
}

/** The node's pod subnet. Also in the node image's CNI configuration. */
export const POD_SUBNET = '10.244.0.0/24';

/** Addresses of Services: kind's default. Also in the node image's entry point and its policy controller. */
export const SERVICE_SUBNET = '10.96.0.0/16';

/** Top-level fields of the kind configuration that this node image needs. */
export function kindPatches(): Record<string, unknown> {
  return {
    networking: { podSubnet: POD_SUBNET, serviceSubnet: SERVICE_SUBNET },
    // kubelet otherwise insists on sysctls that a container without all capabilities cannot set.
    featureGates: { KubeletInUserNamespace: true },
    // The node's systemd manages no pods; on cgroup v1 it could not.
    kubeadmConfigPatches: ['kind: KubeletConfiguration\ncgroupDriver: cgroupfs\n'],
  };
}
