import { CERTS_FOLDER } from '../../contracts/oci';
import { dockerfileImage, ownImage } from '../image';
import { ownImageRecipes } from '../own-images';
import { containerPlatform, thisPlatform, type Platform } from '../platform';
import type { PlatformImage, Source } from '../source';
import { released } from './release';
import { releases } from './releases';
import { versions } from './versions';

const { images, bases, node, providers } = versions;

const program = (name: keyof ReturnType<typeof releases>, platform: Platform = thisPlatform) =>
  released(name, releases(platform)[name], platform);

const published = (name: keyof typeof images): PlatformImage => {
  const dockerfile = 'toolchain/upstream/Dockerfile';
  return ownImage(dockerfileImage({ name, dockerfile, bases: { BASE: images[name] } }));
};

const own = ownImageRecipes(
  {
    pythonBuild: bases.python,
    python: bases.python,
    nodeBuild: bases.node,
    crane: bases.crane,
    workshop: bases.python,
  },
  // Terraform downloads its providers.
  [program('tofu', containerPlatform).recipe, program('helm-unittest', containerPlatform).recipe],
);

const ours = (name: keyof typeof own) => ownImage(own[name]);

/** The platform from published images, providers and tools. */
export const upstreamSource: Source = {
  images: {
    postgres: published('postgres'),
    nginx: published('nginx'),
    'oci-registry': published('oci-registry'),
    prometheus: published('prometheus'),
    alertmanager: published('alertmanager'),
    'kube-state-metrics': published('kube-state-metrics'),
    'metrics-server': published('metrics-server'),
    grafana: published('grafana'),
    mlflow: ours('mlflow'),
    pipeline: ours('pipeline'),
    'model-server': ours('model-server'),
    quality: ours('quality'),
    'rollout-controller': ours('rollout-controller'),
    'ci-master': ours('ci-master'),
    platform: ours('platform'),
  },
  node: { reference: node },
  kind: program('kind'),
  crane: program('crane'),
  terraform: program('tofu'),
  promtool: program('promtool'),
  prometheus: program('prometheus'),
  helmUnittest: program('helm-unittest'),
  providers,
  // The published node's containerd looks for no hosts.toml of its own accord. Its settings are of version 2, which
  // containerd 2 still reads.
  kindPatches: () => ({
    containerdConfigPatches: [
      `[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "${CERTS_FOLDER}"\n`,
    ],
  }),
};
