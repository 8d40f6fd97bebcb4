import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ROOT } from '../../contracts/repository';
import { bundle } from '../../model-server/build';
import { BESIDE, debianComponents, imageBom, nodeComponent, packageFolders } from '../../model-server/sbom';
import type { Bom, Metafile } from '../../model-server/sbom';
import { missingInImage } from '../support/image-files';

const SERVER = { name: '@mlops/model-server', version: '0.1.0' };

let place: string;
let metafile: Metafile;
let installed: Bom;

/** `name@version` of a package folder. */
async function reference(folder: string): Promise<string> {
  const text = await readFile(join(ROOT, folder, 'package.json'), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return `${name}@${version}`;
}

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'sbom-'));
  const npm = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  installed = JSON.parse(
    execFileSync('npm', npm, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 ** 2,
    }),
  ) as Bom;
  await bundle(join(place, 'out/main.mjs'), join(place, 'meta.json'));
  metafile = JSON.parse(await readFile(join(place, 'meta.json'), 'utf8')) as Metafile;
}, 60_000);

afterAll(async () => {
  await rm(place, { recursive: true });
});

describe('the bundle', () => {
  it('consists of files that are copied into its image, and of packages', () => {
    const sources = Object.values(metafile.outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      // Node's own modules.
      .filter((source) => !/^builtin(?:-when-used)?:/.test(source));
    expect(sources).toContain('model-server/src/main.ts');
    expect(missingInImage('model-server', sources)).toEqual([]);
  });
});

describe('the bill of materials of a build', () => {
  it('lists the packages in the bundle, those next to it, and no others', async () => {
    const sources = Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    );
    const packages = sources.flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    const folders = packageFolders(metafile, ROOT);
    const { components } = imageBom(installed, await Promise.all(folders.map(reference)), SERVER, []);
    expect(new Set(components.map((component) => component.name))).toEqual(new Set([...packages, ...BESIDE]));
    expect(components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['fastify', 'pino', 'onnxruntime-node']),
    );
    expect(components.map(({ name }) => name)).not.toContain('esbuild');
  });

  it('names version, licence and purl of each package', async () => {
    const shipped = await Promise.all(packageFolders(metafile, ROOT).map(reference));
    for (const { version, licenses, purl } of imageBom(installed, shipped, SERVER, []).components) {
      expect(version).toMatch(/^\d+\./);
      expect(licenses).not.toHaveLength(0);
      expect(purl).toMatch(/^pkg:npm\//);
    }
  });

  it('only refers to what it lists', async () => {
    const shipped = await Promise.all(packageFolders(metafile, ROOT).map(reference));
    const { dependencies } = imageBom(installed, shipped, SERVER, []);
    expect(dependencies.map(({ ref }) => ref)).toEqual([...new Set(shipped)]);
    expect(shipped).toEqual(expect.arrayContaining(dependencies.flatMap(({ dependsOn = [] }) => dependsOn)));
  });

  it('is the same for the same build', () => {
    expect(JSON.stringify(imageBom(installed, [], SERVER, []))).not.toMatch(/serialNumber|timestamp/);
  });

  it('lists a package installed in two places once', () => {
    const twice = { ref: 'a@1.0.0', dependsOn: ['b@1.0.0'] };
    const component = (name: string) => ({ 'bom-ref': `${name}@1.0.0`, type: 'library', name });
    const bom = { components: ['a', 'a', 'b'].map(component), dependencies: [twice, twice] };
    const { components, dependencies } = imageBom(bom, ['a@1.0.0', 'a@1.0.0', 'b@1.0.0'], SERVER, []);
    expect(components.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(dependencies).toEqual([twice, { ref: 'b@1.0.0', dependsOn: [] }]);
  });

  it('is refused if something is shipped that was not installed', () => {
    expect(() => imageBom(installed, ['left-pad@1.0.0'], SERVER, [])).toThrow(
      'left-pad@1.0.0 is shipped, but is not in the lock file',
    );
  });
});

describe('what npm does not know', () => {
  it('Node is listed with what is compiled into it', () => {
    const { purl, components = [] } = nodeComponent();
    expect(purl).toBe(`pkg:generic/node@${process.versions.node}`);
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['v8', 'openssl', 'zlib']));
  });

  it('libraries are listed as the Debian packages that own them', async () => {
    const dpkg = join(place, 'dpkg');
    await mkdir(join(dpkg, 'info'), { recursive: true });
    await writeFile(join(dpkg, 'info/libc6:amd64.list'), '/.\n/lib/x86_64-linux-gnu/libc.so.6\n');
    await writeFile(join(dpkg, 'info/libstdc++6:amd64.list'), '/usr/lib/x86_64-linux-gnu/libstdc++.so.6\n');
    const paragraph = (name: string, version: string) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
    await writeFile(
      join(dpkg, 'status'),
      [paragraph('libc6', '2.36-9+deb12u1'), paragraph('libstdc++6', '12.2.0-14')].join('\n'),
    );
    const components = await debianComponents(['libc.so.6', 'libstdc++.so.6'], dpkg);
    expect(components.map(({ purl }) => purl)).toEqual([
      'pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12',
      'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12',
    ]);
    await expect(debianComponents(['libunknown.so.1'], dpkg)).rejects.toThrow(
      'libunknown.so.1 belongs to no',
    );
  });
});
