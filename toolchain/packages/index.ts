import type { PlatformImageName } from '../../contracts/images';
import { dockerfileImage, ownImage } from '../image';
import { ownImageRecipes } from '../own-images';
import type { PlatformImage, Source } from '../source';
import { debianProgram } from './debian-download';
import { goProgram } from './go-program';
import { kindNode, kindPatches } from './kind-node';
import { providerMirror } from './provider-mirror';
import {
  alertmanagerRoot,
  buildRoot,
  crane,
  craneRoot,
  nginxRoot,
  postgresRoot,
  prometheusRoot,
  pythonRoot,
  workshopRoot,
} from './roots';
import { versions } from './versions';

const registry = goProgram({
  name: 'registry',
  package: 'github.com/distribution/distribution/v3/cmd/registry',
});

const kubeStateMetrics = goProgram({ name: 'kube-state-metrics', package: 'k8s.io/kube-state-metrics/v2' });

const metricsServer = goProgram({
  name: 'metrics-server',
  package: 'sigs.k8s.io/metrics-server/cmd/metrics-server',
});

const IMAGES = 'toolchain/packages/images';

const tool = (name: string, path: string) => ({
  recipe: goProgram({ name, package: path }),
  file: name,
});

const opentofu = tool('opentofu', 'github.com/opentofu/opentofu/cmd/tofu');
const helmUnittest = tool('helm-unittest', 'github.com/helm-unittest/helm-unittest/cmd/helm-unittest');

const recipes = {
  ...ownImageRecipes(
    {
      pythonBuild: buildRoot,
      python: pythonRoot,
      nodeBuild: buildRoot,
      crane: craneRoot,
      workshop: workshopRoot,
    },
    [opentofu.recipe, helmUnittest.recipe, providerMirror],
  ),
  postgres: dockerfileImage({
    name: 'postgres',
    dockerfile: `${IMAGES}/postgres/Dockerfile`,
    context: { 'docker-entrypoint.sh': `${IMAGES}/postgres/docker-entrypoint.sh` },
    bases: { BASE: postgresRoot },
  }),
  nginx: dockerfileImage({
    name: 'nginx',
    dockerfile: `${IMAGES}/nginx/Dockerfile`,
    context: { 'nginx.conf': `${IMAGES}/nginx/nginx.conf` },
    bases: { BASE: nginxRoot },
  }),
  'oci-registry': dockerfileImage({
    name: 'oci-registry',
    dockerfile: `${IMAGES}/oci-registry/Dockerfile`,
    context: { 'config.yml': `${IMAGES}/oci-registry/config.yml` },
    programs: { registry: { recipe: registry, file: 'registry' } },
    bases: {},
  }),
  prometheus: dockerfileImage({
    name: 'prometheus',
    dockerfile: `${IMAGES}/prometheus/Dockerfile`,
    bases: { BASE: prometheusRoot },
  }),
  alertmanager: dockerfileImage({
    name: 'alertmanager',
    dockerfile: `${IMAGES}/alertmanager/Dockerfile`,
    bases: { BASE: alertmanagerRoot },
  }),
  'kube-state-metrics': dockerfileImage({
    name: 'kube-state-metrics',
    dockerfile: `${IMAGES}/kube-state-metrics/Dockerfile`,
    programs: { 'kube-state-metrics': { recipe: kubeStateMetrics, file: 'kube-state-metrics' } },
    bases: {},
  }),
  'metrics-server': dockerfileImage({
    name: 'metrics-server',
    dockerfile: `${IMAGES}/metrics-server/Dockerfile`,
    programs: { 'metrics-server': { recipe: metricsServer, file: 'metrics-server' } },
    bases: {},
  }),
};

/** The platform from Debian, Go, Python and npm registries alone. */
export const packagesSource: Source = {
  images: Object.fromEntries(
    Object.entries(recipes).map(([name, recipe]) => [name, ownImage(recipe)]),
  ) as Record<PlatformImageName, PlatformImage>,
  node: ownImage(kindNode),
  kind: tool('kind', 'sigs.k8s.io/kind'),
  crane: { recipe: crane, file: 'crane' },
  terraform: opentofu,
  promtool: debianProgram('promtool', versions.debian.prometheus),
  prometheus: debianProgram('prometheus', versions.debian.prometheus),
  helmUnittest,
  nginxRoot,
  providers: versions.providers,
  providerMirror,
  kindPatches,
};
