import type { Platform } from '../platform';
import type { Release } from './release';
import { versions } from './versions';

const { releases: sites, kind, tofu, prometheus, helmUnittest, crane } = versions;

const github = (repository: string, version: string) =>
  `${sites.github}/${repository}/releases/download/v${version}`;

const capitalized = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Where each program for a platform is published, in the words of its project. */
export function releases({ os, arch }: Platform) {
  const from = (folder: string, version: string, file: string, sums: string, member?: string): Release => ({
    version,
    url: `${folder}/${file}`,
    checksums: `${folder}/${sums}`,
    ...(member === undefined ? {} : { member }),
  });
  const program = `kind-${os}-${arch}`;
  const ofPrometheus = (name: string) => {
    const folder = `prometheus-${prometheus}.${os}-${arch}`;
    return from(
      github('prometheus/prometheus', prometheus),
      prometheus,
      `${folder}.tar.gz`,
      'sha256sums.txt',
      `${folder}/${name}`,
    );
  };
  return {
    kind: from(`${sites.kind}/dl/v${kind}`, kind, program, `${program}.sha256sum`),
    tofu: from(
      github('opentofu/opentofu', tofu),
      tofu,
      `tofu_${tofu}_${os}_${arch}.tar.gz`,
      `tofu_${tofu}_SHA256SUMS`,
      'tofu',
    ),
    promtool: ofPrometheus('promtool'),
    prometheus: ofPrometheus('prometheus'),
    'helm-unittest': from(
      github('helm-unittest/helm-unittest', helmUnittest),
      helmUnittest,
      `helm-unittest-${os === 'darwin' ? 'macos' : os}-${arch}-${helmUnittest}.tgz`,
      'helm-unittest-checksum.sha',
      'untt',
    ),
    crane: from(
      github('google/go-containerregistry', crane),
      crane,
      `go-containerregistry_${capitalized(os)}_${arch === 'amd64' ? 'x86_64' : arch}.tar.gz`,
      'checksums.txt',
      'crane',
    ),
  } as const;
}
