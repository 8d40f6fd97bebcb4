import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockEntry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
  readonly [field: string]: unknown;
}

/** What `npm ci` needs to install one workspace. */
export interface WorkspaceManifest {
  readonly 'package.json': string;
  readonly 'package-lock.json': string;
}

/**
 * The part of the root lock file for one workspace, so that nothing else changes its image.
 * @param root folder with package-lock.json
 */
export function workspaceManifest(root: string, workspace: string): WorkspaceManifest {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const kept = closure(lock.packages, workspace);
  const manifest = { name: 'image', version: '0.0.0', private: true, workspaces: [workspace] };
  const link = Object.entries(lock.packages).find(
    ([path, entry]) =>
      path.startsWith('node_modules/') && entry.link === true && entry.resolved === workspace,
  );
  const packages = {
    '': { name: manifest.name, version: manifest.version, workspaces: manifest.workspaces },
    ...(link ? { [link[0]]: link[1] } : {}),
    ...Object.fromEntries([...kept].sort().map((path) => [path, lock.packages[path]])),
  };
  const pruned = {
    name: manifest.name,
    version: manifest.version,
    lockfileVersion: 3,
    requires: true,
    packages,
  };
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'package-lock.json': `${JSON.stringify(pruned, null, 2)}\n`,
  };
}

/** Lock file paths of everything needed to build and run a workspace. */
function closure(packages: Lock['packages'], workspace: string): Set<string> {
  const found = new Set<string>();
  const visit = (path: string, withDevelopment: boolean) => {
    const entry = packages[path];
    if (!entry || found.has(path)) return;
    found.add(path);
    const names = Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...entry.peerDependencies,
      ...(withDevelopment ? entry.devDependencies : {}),
    });
    for (const name of names) {
      const target = locate(packages, path, name);
      if (target !== undefined) visit(target, false);
    }
  };
  visit(workspace, true);
  return found;
}

/** Node's package resolution: in the folder, then in each parent folder. */
function locate(packages: Lock['packages'], from: string, name: string): string | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return undefined;
  }
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/node_modules/');
  return cut === -1 ? '' : path.slice(0, cut);
}
