import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE_ARCHIVE } from '../../../toolchain/image';
import { certificateFiles } from '../../../toolchain/package-registries';
import { packagesSource } from '../../../toolchain/packages/index';
import { pins } from '../../../toolchain/upstream/pins';
import { makeCertificate } from '../../support/certificate';
import { make } from './build';
import { standIns } from './images';
import { mirrored, publishIndex } from './publish';
import { serveReleases } from './releases';

/** The network of a company whose machines reach nothing but copies of what is published. */
export interface Network {
  /** What its users have in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What was asked for: paths of release pages and provider mirror. */
  readonly asked: readonly string[];
  stop(): void;
}

/**
 * Makes every stand-in, publishes them on this machine, and says how to reach them.
 * @param folder for what it serves
 */
export async function publishedNetwork(
  folder: string,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<Network> {
  mkdirSync(folder, { recursive: true });
  const made = (recipe: Parameters<typeof make>[0]) => make(recipe, report, signal);
  const crane = join(await made(packagesSource.crane.recipe), packagesSource.crane.file);
  const registryImage = packagesSource.images['oci-registry'].recipe;
  for (const need of registryImage.needs ?? []) await made(need);
  const archives = new Map<string, string>();
  for (const { reference, recipe } of standIns)
    archives.set(reference, join(await made(recipe), IMAGE_ARCHIVE));

  // Loaded now that the program is there: it looks for it once.
  const { startRegistry } = await import('../support/oci-registry');
  const registry = await startRegistry(join(folder, 'registry'));
  const target = { crane, host: registry.host, folder: join(folder, 'other-platforms') };
  const published = new Map<string, string>();
  for (const [reference, archive] of archives) {
    report(`push ${reference.replace(/@.*/, '')}`);
    published.set(reference, publishIndex(target, archive, reference));
  }
  const { key, ca } = makeCertificate(folder, 'copies of what is published', 'IP:127.0.0.1');
  const tls = { key: readFileSync(key), cert: readFileSync(ca) };
  const pages = await serveReleases(join(folder, 'releases'), tls, made);
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const trusted = [...new Set(certificateFiles())].map((path) => readFileSync(path, 'utf8'));
  const bundle = file('trusted.pem', [...trusted, tls.cert.toString()].join('\n'));
  const versions = {
    images: standInsOf(pins.images, published),
    bases: standInsOf(pins.bases, published),
    node: published.get(pins.node),
    releases: { github: pages.address, kind: pages.address },
    // The published ones are in no package registry.
    providers: packagesSource.providers,
  };
  return {
    env: {
      UPSTREAM_VERSIONS: file('versions.json', JSON.stringify(versions, undefined, 2)),
      CONTAINERS_REGISTRIES_CONF: file('registries.conf', mirrored(registry.host)),
      TF_CLI_CONFIG_FILE: file(
        'terraform.rc',
        `provider_installation {\n  network_mirror {\n    url = "${pages.providers}"\n  }\n}\n`,
      ),
      SSL_CERT_FILE: bundle,
      NODE_EXTRA_CA_CERTS: bundle,
    },
    asked: pages.asked,
    stop: () => {
      registry.stop();
      pages.stop();
    },
  };
}

/** Of pins, those that have a stand-in. */
function standInsOf(pinned: Readonly<Record<string, string>>, published: ReadonlyMap<string, string>) {
  return Object.fromEntries(
    Object.entries(pinned).flatMap(([name, reference]) => {
      const found = published.get(reference);
      return found === undefined ? [] : [[name, found]];
    }),
  );
}
