import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A component in CycloneDX 1.5: what this file adds to what npm says of a package. */
export interface Component {
  readonly 'bom-ref'?: string;
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly license: { readonly id: string } }[];
  readonly components?: readonly Component[];
}

/** A bill of materials in CycloneDX 1.5, as far as this file reads it. */
export interface Bom {
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
  readonly [field: string]: unknown;
}

/** What esbuild says of a build. Paths are relative to the folder it ran in. */
export interface Metafile {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** Packages that the image has beside the bundle, whole or in part. */
export const BESIDE = ['onnxruntime-node', 'onnxruntime-common', 'swagger-ui-dist'];

/** Of the machine that builds: where its libraries come from. */
const DPKG = '/var/lib/dpkg';
const DEBIAN = 'debian-12';

/** Where Node's image keeps its licence, and Debian those of its packages; bases made small may have neither. */
const NODE_LICENCE = '/usr/local/LICENSE';
const DEBIAN_LICENCES = '/usr/share/doc';

/** Folders of the packages of which any code is in the bundle, and of those beside it. */
export function packageFolders(metafile: Metafile, root: string): string[] {
  const folders = new Set(BESIDE.map((name) => join('node_modules', name)));
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(relative(root, resolve(root, path))) ?? [];
      if (bytesInOutput > 0 && folder !== undefined) folders.add(folder);
    }
  return [...folders].sort();
}

/**
 * Narrows the bill of materials of everything that was installed down to what the image has, and adds what npm does
 * not know. Without time and serial number, so that equal images have equal bills.
 *
 * @param installed As `npm sbom --sbom-format cyclonedx` writes it.
 * @param shipped `name@version` of packages in the image.
 * @param others Components that did not come from npm.
 * @throws {Error} where a package that is shipped was not installed by the lock file.
 */
export function imageBom(
  installed: Bom,
  shipped: readonly string[],
  server: { readonly name: string; readonly version: string },
  others: readonly Component[],
): Bom {
  const known = new Map(installed.components.map((component) => [component['bom-ref'], component]));
  // A package may be installed in two places.
  const references = new Set(shipped);
  const packages = [...references].map((reference) => {
    const component = known.get(reference);
    if (component === undefined) throw new Error(`${reference} is shipped, but is not in the lock file`);
    return component;
  });
  return {
    bomFormat: 'CycloneDX',
    specVersion: installed.specVersion,
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': server.name, ...server } },
    components: [...packages, ...others],
    dependencies: [...references].map((ref) => ({
      ref,
      dependsOn: dependenciesOf(ref, installed, references),
    })),
  };
}

/** Of a package in two places, npm tells both. */
function dependenciesOf(reference: string, { dependencies }: Bom, known: ReadonlySet<string>): string[] {
  const all = dependencies.filter(({ ref }) => ref === reference).flatMap(({ dependsOn = [] }) => dependsOn);
  return [...new Set(all)].filter((each) => known.has(each));
}

/** Node and what is compiled into it. */
export function nodeComponent(versions: NodeJS.ProcessVersions = process.versions): Component {
  const { node, ...parts } = versions;
  return {
    type: 'platform',
    name: 'node',
    version: node,
    purl: `pkg:generic/node@${node}`,
    licenses: [{ license: { id: 'MIT' } }],
    components: Object.entries(parts).flatMap(([name, version]) =>
      // A number of the binary interface, not of a component.
      name === 'modules' || version === undefined ? [] : [{ type: 'library', name, version }],
    ),
  };
}

/** The native library that the npm package of the same version carries. */
function onnxRuntimeComponent(version: string): Component {
  return {
    type: 'library',
    name: 'onnxruntime',
    version,
    purl: `pkg:github/microsoft/onnxruntime@v${version}`,
    licenses: [{ license: { id: 'MIT' } }],
  };
}

/**
 * The Debian packages that files were copied from.
 *
 * @param files Names of libraries.
 * @param folder Of dpkg's database.
 * @throws {Error} where no package has such a file.
 */
export async function debianComponents(files: readonly string[], folder = DPKG): Promise<Component[]> {
  const lists = (await readdir(join(folder, 'info'))).filter((name) => name.endsWith('.list'));
  const owners = new Map<string, string>();
  for (const name of lists)
    for (const path of (await readFile(join(folder, 'info', name), 'utf8')).split('\n'))
      if (path.includes('.so')) owners.set(basename(path), name.replace(/(:\w+)?\.list$/, ''));
  const names = files.map((file) => {
    const owner = owners.get(file);
    if (owner === undefined) throw new Error(`${file} belongs to no Debian package`);
    return owner;
  });
  const status = await readFile(join(folder, 'status'), 'utf8');
  return [...new Set(names)].sort().map((name) => debianComponent(name, status));
}

function debianComponent(name: string, status: string): Component {
  const paragraph = status.split('\n\n').find((each) => each.startsWith(`Package: ${name}\n`)) ?? '';
  const field = (key: string): string => new RegExp(`^${key}: (.+)$`, 'm').exec(paragraph)?.[1] ?? '';
  const version = field('Version');
  const query = `arch=${field('Architecture')}&distro=${DEBIAN}`;
  return {
    type: 'library',
    name,
    version,
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?${query}`,
  };
}

/** Licence texts by `name@version`, as far as there are any. */
async function copyLicences(files: Iterable<readonly [string, string]>, target: string): Promise<void> {
  for (const [reference, file] of files) {
    await mkdir(join(target, reference), { recursive: true });
    await cp(file, join(target, reference, basename(file)), { recursive: true });
  }
}

async function licenceFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).map((name) => join(folder, name));
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

/** Writes `app/sbom.cdx.json` and `app/licenses` of an image that is laid out in a folder. */
async function describe(image: string, metafile: string, root: string): Promise<void> {
  const parts = packageFolders((await readJson(metafile)) as Metafile, root);
  const shipped = new Map<string, string>();
  for (const part of parts) {
    const folder = join(root, part);
    const { name, version } = (await readJson(join(folder, 'package.json'))) as {
      name: string;
      version: string;
    };
    shipped.set(`${name}@${version}`, folder);
  }
  const installed = JSON.parse(
    execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
      cwd: root,
      encoding: 'utf8',
      // Bytes. Node's default is a mebibyte, which the list nearly fills.
      maxBuffer: 64 * 1024 ** 2,
    }),
  ) as Bom;
  const server = (await readJson(join(root, 'model-server/package.json'))) as {
    name: string;
    version: string;
  };
  const runtime = [...shipped.keys()].find((reference) => reference.startsWith('onnxruntime-node@')) ?? '';
  const libraries = (await readdir(join(image, 'usr/lib'))).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const debian = await debianComponents(await readdir(join(image, 'usr/lib', libraries)));
  const node = nodeComponent();
  const bom = imageBom(installed, [...shipped.keys()], { name: server.name, version: server.version }, [
    node,
    onnxRuntimeComponent(runtime.replace(/^.*@/, '')),
    ...debian,
  ]);
  await writeFile(join(image, 'app/sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
  const licences = await Promise.all(
    [...shipped].map(async ([reference, folder]) =>
      (await licenceFiles(folder)).map((file): [string, string] => [reference, file]),
    ),
  );
  const others = [
    [`node@${node.version ?? ''}`, NODE_LICENCE] as const,
    ...debian.map(
      ({ name, version = '' }) => [`${name}@${version}`, join(DEBIAN_LICENCES, name, 'copyright')] as const,
    ),
  ].filter(([, file]) => existsSync(file));
  await copyLicences([...licences.flat(), ...others], join(image, 'app/licenses'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [image = '', metafile = ''] = process.argv.slice(2);
  await describe(image, metafile, dirname(dirname(fileURLToPath(import.meta.url))));
}
