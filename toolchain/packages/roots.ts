import { mkdirSync, linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../artifact';
import type { RootBase } from '../image';
import { execute } from '../process';
import { debianPrograms } from './debian-programs';
import { debianRoot, ROOT_ARCHIVE } from './debian-root';
import { goProgram } from './go-program';
import { nodeProgram } from './node-program';
import { versions } from './versions';

const asBase = (recipe: Recipe): RootBase => ({ recipe, archive: ROOT_ARCHIVE });

/** Runs Python programs. OpenMP is LightGBM's. */
export const pythonRoot = asBase(
  debianRoot({
    id: 'root-python',
    suite: versions.debian.stable,
    packages: ['python3', 'libgomp1', 'libstdc++6', 'ca-certificates'],
  }),
);

/** Installs Python and npm packages: the build stage of all our own images. */
export const buildRoot = asBase(
  debianRoot({
    id: 'root-build',
    suite: versions.debian.stable,
    packages: ['python3', 'python3-venv', 'libgomp1', 'libstdc++6', 'ca-certificates'],
    overlay: nodeProgram,
  }),
);

/** Runs the CI and its builds: git and make beside Python. Virtual environments are made by its builds, too. */
export const workshopRoot = asBase(
  debianRoot({
    id: 'root-workshop',
    suite: versions.debian.stable,
    packages: ['python3', 'python3-venv', 'libgomp1', 'libstdc++6', 'ca-certificates', 'git', 'make'],
  }),
);

/** PostgreSQL without its JIT compiler, which is larger than the rest and useless for small queries. */
export const postgresRoot = asBase(
  debianRoot({
    id: 'root-postgres',
    suite: versions.debian.stable,
    packages: ['postgresql-15', 'libc-bin'],
    finish:
      'rm -rf "$1"/usr/lib/postgresql/15/lib/bitcode "$1"/usr/lib/postgresql/15/lib/llvmjit* ' +
      '"$1"/usr/lib/x86_64-linux-gnu/libLLVM* "$1"/usr/lib/x86_64-linux-gnu/libz3* "$1"/etc/postgresql ' +
      '"$1"/etc/ssl/private/ssl-cert-snakeoil.key',
  }),
);

/**
 * The newest nginx that Debian packages: older ones drop keep-alive connections on reload and resolve
 * upstream names only once. njs reads the weights from the release list.
 */
export const nginxRoot = asBase(
  debianRoot({
    id: 'root-nginx',
    suite: versions.debian.nginx,
    packages: ['nginx', 'libnginx-mod-http-js', 'libc-bin'],
  }),
);

/** The programs alone: compiling them takes minutes, and Debian's root would be mostly other things. */
export const prometheusRoot = asBase(
  debianPrograms({
    id: 'root-prometheus',
    suite: versions.debian.prometheus,
    packages: ['prometheus', 'promtool'],
    programs: { prometheus: 'usr/bin/prometheus', promtool: 'usr/bin/promtool' },
  }),
);

export const alertmanagerRoot = asBase(
  debianPrograms({
    id: 'root-alertmanager',
    suite: versions.debian.prometheus,
    packages: ['prometheus-alertmanager'],
    programs: { alertmanager: 'usr/bin/prometheus-alertmanager', amtool: 'usr/bin/amtool' },
    // Debian's Alertmanager stops without its templates, which the official one carries in itself.
    data: ['usr/share/prometheus/alertmanager'],
  }),
);

/** Everything on a Kubernetes node except Kubernetes. */
export const nodeRoot = asBase(
  debianRoot({
    id: 'root-node',
    suite: versions.debian.stable,
    packages: [
      ...['systemd', 'systemd-sysv', 'dbus', 'containerd', 'runc', 'containernetworking-plugins'],
      ...['iptables', 'ipset', 'iproute2', 'conntrack', 'ethtool', 'socat'],
      ...['mount', 'kmod', 'procps', 'util-linux'],
    ],
    finish:
      'cd "$1"/usr/lib/cni && find . -type f ! -name ptp ! -name host-local ! -name portmap ! -name loopback -delete; ' +
      'rm -f "$1"/usr/bin/containerd-stress "$1"/usr/bin/containerd-shim "$1"/usr/bin/containerd-shim-runc-v1',
  }),
);

export const crane = goProgram({
  name: 'crane',
  package: 'github.com/google/go-containerregistry/cmd/crane',
});

/** crane at its path in the published image. */
export const craneRoot = asBase({
  id: 'root-crane',
  title: 'pack crane',
  settings: { layout: 'ko-app/crane' },
  needs: [crane],
  build: async ({ folder, input, signal }) => {
    mkdirSync(join(folder, 'ko-app'));
    linkSync(join(input(crane), 'crane'), join(folder, 'ko-app', 'crane'));
    await execute('tar', ['-cf', join(folder, ROOT_ARCHIVE), '-C', folder, 'ko-app'], { signal });
    rmSync(join(folder, 'ko-app'), { recursive: true });
  },
});
