import type { Recipe } from '../../../toolchain/artifact';
import { dockerfileImage, type RootBase } from '../../../toolchain/image';
import { aptConnection, debianSources } from '../../../toolchain/package-registries';
import { debianPrograms } from '../../../toolchain/packages/debian-programs';
import { debianRoot, ROOT_ARCHIVE } from '../../../toolchain/packages/debian-root';
import { goProgram } from '../../../toolchain/packages/go-program';
import { nodeProgram } from '../../../toolchain/packages/node-program';
import { craneRoot, nginxRoot, postgresRoot } from '../../../toolchain/packages/roots';
import { versions } from '../../../toolchain/packages/versions';
import { pins } from '../../../toolchain/upstream/pins';
import { standInNode } from './kind-node';

const IMAGES = '__tests__/toolchain/stand-ins/images';

/** A published image, and what stands in for it. */
export interface StandIn {
  /** The pinned reference. */
  readonly reference: string;
  readonly recipe: Recipe;
}

/** Debian builds Python for /usr; it finds its library beside the program, wherever that is. */
const TO_LOCAL =
  'rm -rf "$1"/usr/local/lib/python3.11 && mv "$1"/usr/bin/python3* "$1"/usr/local/bin/ && ' +
  'mv "$1"/usr/lib/python3.11 "$1"/usr/local/lib/ && rm -rf "$1"/usr/lib/python3';

const asBase = (recipe: Recipe): RootBase => ({ recipe, archive: ROOT_ARCHIVE });

const pythonRoot = asBase(
  debianRoot({
    id: 'root-stand-in-python',
    suite: versions.debian.stable,
    variant: 'minbase',
    packages: ['python3', 'python3-venv', 'ca-certificates', 'netbase', 'tzdata'],
    finish: TO_LOCAL,
  }),
);

const nodeRoot = asBase(
  debianRoot({
    id: 'root-stand-in-node',
    suite: versions.debian.stable,
    variant: 'minbase',
    packages: ['tzdata'],
    overlay: nodeProgram,
  }),
);

/** As in Alpine, the shell is busybox. */
const busyboxRoot = asBase(
  debianPrograms({
    id: 'root-stand-in-busybox',
    suite: versions.debian.prometheus,
    packages: ['busybox-static'],
    programs: { busybox: 'usr/bin/busybox', sh: 'usr/bin/busybox' },
  }),
);

/** This machine's mirrors in the place of Debian's own, which official images name. */
function apt(): Record<string, string> {
  const { archive, security } = debianSources();
  const suite = versions.debian.stable;
  const lines = [
    ...(archive === undefined ? [] : [`deb ${archive} ${suite} main`]),
    ...(security === undefined ? [] : [`deb ${security} ${suite}-security main`]),
  ];
  return {
    'apt/sources.list': `${lines.join('\n')}\n`,
    'apt/apt.conf.d/99-of-this-machine': aptConnection(),
  };
}

const registry = goProgram({
  name: 'registry',
  package: 'github.com/distribution/distribution/v3/cmd/registry',
});

const image = (
  name: string,
  base: RootBase,
  more: Pick<Parameters<typeof dockerfileImage>[0], 'context' | 'texts' | 'programs'> = {},
): Recipe =>
  dockerfileImage({
    name: `stand-in-${name}`,
    dockerfile: `${IMAGES}/${name}/Dockerfile`,
    bases: { BASE: base },
    ...more,
  });

/** What the platform pulls without its monitoring and its CI. */
export const standIns: readonly StandIn[] = [
  { reference: pins.bases.python, recipe: image('python', pythonRoot, { texts: apt() }) },
  {
    reference: pins.bases.node,
    recipe: image('node', nodeRoot, {
      context: { 'docker-entrypoint.sh': `${IMAGES}/node/docker-entrypoint.sh` },
      texts: apt(),
    }),
  },
  { reference: pins.bases.crane, recipe: image('crane', craneRoot) },
  {
    reference: pins.images.postgres,
    recipe: image('postgres', postgresRoot, {
      context: { 'docker-entrypoint.sh': 'toolchain/packages/images/postgres/docker-entrypoint.sh' },
    }),
  },
  {
    reference: pins.images.nginx,
    recipe: image('nginx', nginxRoot, {
      context: {
        'nginx.conf': 'toolchain/packages/images/nginx/nginx.conf',
        'docker-entrypoint.sh': `${IMAGES}/nginx/docker-entrypoint.sh`,
      },
    }),
  },
  {
    reference: pins.images['oci-registry'],
    recipe: image('registry', busyboxRoot, {
      context: {
        'entrypoint.sh': `${IMAGES}/registry/entrypoint.sh`,
        'config.yml': 'toolchain/packages/images/oci-registry/config.yml',
      },
      programs: { registry: { recipe: registry, file: 'registry' } },
    }),
  },
  { reference: pins.node, recipe: standInNode },
];
