import { chmodSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Recipe } from '../artifact';
import { versions } from './versions';
import { errors } from '../errors';
import { publishedImage, tagOf } from '../image';
import { ownImageRecipes } from '../own-images';
import { execute } from '../process';
import type { PlatformImage, Program, Source } from '../source';
import { download } from '../web';

const { images, bases, node, kind, tofu, helmUnittest, promtool, providers } = versions;

interface Release {
  readonly version: string;
  readonly url: string;
}

/**
 * A program from its project's release page, verified against the checksum published there.
 * @param checksums address of a file in the format of sha256sum
 * @param member path of the program inside the archive; undefined when the download is the program
 */
function released(name: string, { version, url }: Release, checksums: string, member?: string): Program {
  const recipe: Recipe = {
    id: `released-${name}`,
    title: `download ${name} ${version}`,
    settings: { url },
    build: async ({ folder, report, signal }) => {
      report(url);
      const content = await download(url, signal);
      const list = (await download(checksums, signal)).toString('utf8');
      const file = url.slice(url.lastIndexOf('/') + 1);
      const expected =
        list
          .split('\n')
          .find((line) => line.trim().endsWith(file))
          ?.split(/\s+/)[0] ?? 'no checksum';
      const actual = createHash('sha256').update(content).digest('hex');
      if (actual !== expected) throw errors.wrongChecksum(url, actual, expected);
      const target = join(folder, name);
      writeFileSync(target, content);
      if (member !== undefined) {
        await execute('tar', ['-xzf', target, '-C', folder, member], { signal });
        renameSync(join(folder, member), target);
      }
      chmodSync(target, 0o755);
      if (!readdirSync(folder).includes(name)) throw errors.notPrepared(name);
    },
  };
  return { recipe, file: name };
}

/** Prometheus' release holds both of its programs. */
function ofPrometheus(name: 'promtool' | 'prometheus'): Program {
  const checksums = `${promtool.url.replace(/[^/]*$/, '')}sha256sums.txt`;
  return released(name, promtool, checksums, `prometheus-${promtool.version}.linux-amd64/${name}`);
}

const published = (name: keyof typeof images): PlatformImage => ({
  reference: images[name],
  recipe: publishedImage(name, images[name]),
});

const terraform = released(
  'tofu',
  tofu,
  `${tofu.url.replace(/[^/]*$/, '')}tofu_${tofu.version}_SHA256SUMS`,
  'tofu',
);

const chartTester = released(
  'helm-unittest',
  helmUnittest,
  `${helmUnittest.url.replace(/[^/]*$/, '')}helm-unittest-checksum.sha`,
  'untt',
);

const own = ownImageRecipes(
  {
    pythonBuild: bases.python,
    python: bases.python,
    nodeBuild: bases.node,
    crane: bases.crane,
    workshop: bases.python,
  },
  // Terraform downloads its providers.
  [terraform.recipe, chartTester.recipe],
);

const ours = (name: keyof typeof own): PlatformImage => ({ reference: tagOf(own[name]), recipe: own[name] });

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
    'ci-master': ours('ci-master'),
    platform: ours('platform'),
  },
  node: { reference: node },
  kind: released('kind', kind, `${kind.url}.sha256sum`),
  terraform,
  promtool: ofPrometheus('promtool'),
  prometheus: ofPrometheus('prometheus'),
  helmUnittest: chartTester,
  providers,
  kindPatches: () => ({}),
};
