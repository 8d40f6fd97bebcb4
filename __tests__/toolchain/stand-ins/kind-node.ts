import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../../contracts/repository';
import type { Build, Recipe } from '../../../toolchain/artifact';
import {
  buildImage,
  mayRaiseLimits,
  removeImage,
  requireEngine,
  saveImages,
  thisHost,
} from '../../../toolchain/engine';
import { ensureRoot, IMAGE_ARCHIVE, tagOf } from '../../../toolchain/image';
import { debianRoot, ROOT_ARCHIVE } from '../../../toolchain/packages/debian-root';
import { goEnvironment, goProgram } from '../../../toolchain/packages/go-program';
import { goCommand } from '../../../toolchain/packages/go-toolchain';
import {
  buildKubernetesImages,
  kindNode,
  preload,
  writeContext,
} from '../../../toolchain/packages/kind-node';
import { nodeRoot } from '../../../toolchain/packages/roots';
import { versions } from '../../../toolchain/packages/versions';
import { execute } from '../../../toolchain/process';

const SOURCE = '__tests__/toolchain/stand-ins/kind-node';

/** What kind's own base image installs, without drivers of network disks, and what it compiles itself. */
const root = debianRoot({
  id: 'root-stand-in-kind-node',
  suite: versions.debian.stable,
  variant: 'minbase',
  packages: [
    ...['systemd', 'conntrack', 'iptables', 'nftables', 'iproute2', 'ethtool', 'util-linux', 'mount', 'kmod'],
    ...['libseccomp2', 'pigz', 'bash', 'ca-certificates', 'curl', 'jq', 'procps'],
    ...['runc', 'containernetworking-plugins'],
  ],
});

/** Of the version that kind 0.30's node image has. */
const containerd = (['containerd', 'ctr', 'containerd-shim-runc-v2'] as const).map((name) => ({
  name,
  recipe: goProgram({
    name,
    folder: '__tests__/toolchain/stand-ins/containerd',
    package: `github.com/containerd/containerd/v2/cmd/${name}`,
    variables: { 'github.com/containerd/containerd/v2/version.Version': 'v2.1.4' },
  }),
}));

/**
 * What the published image needs on a machine that may not raise limits, as no user's is. Without it, no container
 * starts there: its score for the kernel's killer cannot be lowered.
 */
const CONCESSIONS = mayRaiseLimits(thisHost.status)
  ? ''
  : [
      "sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' /etc/containerd/config.toml",
      'echo KUBELET_EXTRA_ARGS=--feature-gates=KubeletInUserNamespace=true >/etc/default/kubelet',
    ].join('\n');

/** Stands in for docker.io/kindest/node: kind's own files and steps, with a Kubernetes and a network of ours. */
export const standInNode: Recipe = {
  id: 'image-stand-in-kind-node',
  title: 'build the stand-in for kindest/node',
  files: [SOURCE],
  settings: { concessions: CONCESSIONS },
  needs: [root, ...(kindNode.needs ?? []), ...containerd.map(({ recipe }) => recipe)],
  heavy: true,
  build: async (build) => {
    const engine = requireEngine();
    const call = { report: build.report, signal: build.signal };
    const scratch = `localhost/mlops/building-stand-in-${String(process.pid)}:node`;
    const context = writeContext(build);
    const archive = join(build.folder, 'kubernetes.tar');
    const kubernetesRoot = await ensureRoot(engine, nodeRoot, build);
    await buildKubernetesImages(engine, { context, root: kubernetesRoot, archive }, call);

    await copyKindFiles(join(context, 'files'), build);
    for (const { path } of listed(join(ROOT, SOURCE))) cpSync(join(ROOT, SOURCE, path), join(context, path));
    for (const { name, recipe } of containerd) cpSync(join(build.input(recipe), name), join(context, name));
    writeFileSync(join(context, 'concessions'), CONCESSIONS);
    const ownRoot = await ensureRoot(engine, { recipe: root, archive: ROOT_ARCHIVE }, build);
    await buildImage(engine, { context, tag: scratch, args: { ROOT: ownRoot }, secrets: {} }, call);
    await preload(engine, { image: scratch, context, archive, tag: tagOf(standInNode) }, call);
    await removeImage(engine, scratch);
    await removeImage(engine, ownRoot);
    await saveImages(engine, [tagOf(standInNode)], join(build.folder, IMAGE_ARCHIVE), call);
    await removeImage(engine, tagOf(standInNode));
    rmSync(context, { recursive: true });
    rmSync(archive);
  },
};

/** The files of kind's base image, from the module that kind is built from. */
async function copyKindFiles(target: string, { report, signal }: Build): Promise<void> {
  const go = await goCommand({ report, signal });
  const options = { cwd: join(ROOT, 'toolchain/packages/go/kind'), env: goEnvironment(), signal };
  const module = JSON.parse(await execute(go, ['mod', 'download', '-json', 'sigs.k8s.io/kind'], options)) as {
    Dir: string;
  };
  const source = join(module.Dir, 'images/base/files');
  for (const { path, isFolder } of listed(source)) {
    const file = join(target, path);
    if (isFolder) continue;
    mkdirSync(dirname(file), { recursive: true });
    cpSync(join(source, path), file);
    chmodSync(file, /^(usr\/local|kind)\/bin\//.test(path) ? 0o755 : 0o644);
  }
}

const listed = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
    path: join(entry.parentPath, entry.name).slice(folder.length + 1),
    isFolder: entry.isDirectory(),
  }));
