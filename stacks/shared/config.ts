import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { parseDocument, stringify } from 'yaml';
import { homeFolder } from '../../contracts/home-folder';
import { ROOT } from '../../contracts/repository';
import { autoscalingProblems } from './autoscaling';
import { canaryProblems } from './canary-plans';
import { explain } from './config-problems';
import type { PlatformConfig, Ports } from './config-types';
import { ConfigError, type Problem } from './errors';
import { folderInRepository, modelPathProblems } from './model-paths';
import schema from './platform.schema.json' with { type: 'json' };

export type { ModelConfig, PlatformConfig, ReplicatedSize } from './config-types';

type Document = Omit<PlatformConfig, 'cluster' | 'ci' | 'paths' | 'inCluster'> & {
  readonly ci: Omit<PlatformConfig['ci'], 'enabled'> & { readonly enabled?: boolean };
  readonly cluster: {
    readonly type: 'kind' | 'existing';
    readonly name: string;
    readonly context?: string;
    readonly kubeconfig?: string;
  };
};

// The schema itself is checked by its tests, not by every command.
const validate = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  validateSchema: false,
}).compile<Document>(schema);

/**
 * Reads, validates and completes the platform's configuration.
 * @param path default: the file that the environment variable MLOPS_CONFIG names, else platform.yaml of this repository
 * @throws ConfigError naming file, path, value, expectation and fix
 */
export function loadConfig(path?: string): PlatformConfig {
  const file = resolve(path ?? process.env.MLOPS_CONFIG ?? join(ROOT, 'platform.yaml'));
  const name = displayName(file);
  const document: unknown = parse(file, name);
  if (!validate(document)) throw new ConfigError(explain(name, validate.errors ?? []));
  const conflicts = [
    ...portConflicts(name, document.ports),
    ...registryProblems(name, document),
    ...missingRepository(name, document),
    ...modelPathProblems(name, ROOT, document.models),
    ...canaryProblems(name, document.models),
    ...autoscalingProblems(name, document.models),
  ];
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return complete(file, document);
}

/**
 * The same configuration for pods of the platform, as YAML.
 * @param source what `auto` was resolved to: a pod would probe another network
 */
export function configForPods({ paths }: PlatformConfig, source: 'upstream' | 'packages'): string {
  const document = parseDocument(readFileSync(paths.file, 'utf8'));
  document.setIn(['images', 'source'], source);
  // Without comments: they change nothing in a pod.
  return stringify(document.toJS());
}

function parse(file: string, name: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([
      {
        file: name,
        path: '',
        what: 'cannot be read',
        got: (error as NodeJS.ErrnoException).code,
        expected: 'a readable YAML file',
        fix: 'create it (see platform.yaml in the repository), or correct or unset MLOPS_CONFIG',
      },
    ]);
  }
  const document = parseDocument(text);
  const syntax = document.errors[0];
  if (syntax !== undefined) {
    throw new ConfigError([
      {
        file: name,
        path: `line ${syntax.linePos?.[0].line ?? 1}`,
        what: 'is not YAML',
        got: syntax.message.split('\n')[0]?.replace(/ at line .*$/, ''),
        expected: 'valid YAML 1.2',
        fix: 'fix the line; indent with spaces, and quote text that contains ": " or "#"',
      },
    ]);
  }
  return document.toJS() ?? {};
}

function complete(file: string, document: Document): PlatformConfig {
  const { type, name, context, kubeconfig } = document.cluster;
  const work = join(ROOT, '.mlops', name);
  const inCluster = process.env.MLOPS_IN_CLUSTER === '1';
  const ownKubeconfig = type === 'kind' || inCluster;
  return {
    ...document,
    cluster: { type, name, context: context ?? `kind-${name}` },
    ci: {
      ...document.ci,
      enabled: document.ci.enabled ?? (type === 'kind' || document.ci.repository !== ''),
    },
    images: {
      ...document.images,
      ...mapValues(pathsOf(document.images), expandHome),
    },
    models: mapValues(document.models, (model) => ({
      ...model,
      path: folderInRepository(ROOT, model.path) ?? model.path,
    })),
    inCluster,
    paths: {
      root: ROOT,
      file,
      work,
      kubeconfig: ownKubeconfig ? join(work, 'kubeconfig') : expandHome(kubeconfig ?? '~/.kube/config'),
      clusterState: join(work, 'terraform.cluster.tfstate'),
    },
  };
}

function portConflicts(file: string, ports: Ports): Problem[] {
  const owners = new Map<number, string>();
  return Object.entries(ports).flatMap(([service, port]: [string, number]) => {
    const owner = owners.get(port);
    owners.set(port, owner ?? service);
    return owner === undefined
      ? []
      : [
          {
            file,
            path: `ports.${service}`,
            what: `is already used by ${owner}`,
            got: port,
            expected: 'a different port for each service',
            fix: `choose another free port for ports.${service}`,
          },
        ];
  });
}

function registryProblems(file: string, { cluster, images }: Document): Problem[] {
  if (cluster.type === 'kind') {
    return (['registry', 'credentials', 'ca'] as const)
      .filter((key) => images[key] !== undefined)
      .map((key) => ({
        file,
        path: `images.${key}`,
        what: 'is not allowed here',
        got: images[key],
        expected: 'this key only with cluster.type: existing; images are loaded into a kind cluster',
        fix: `remove images.${key}, or set cluster.type: existing and name a kind cluster's context`,
      }));
  }
  if (images.registry !== undefined) return [];
  return [
    {
      file,
      path: 'images.registry',
      what: 'is missing',
      expected: 'an OCI registry (host[:port]/path) that pods, nodes and this machine can reach',
      fix: 'set images.registry, or use cluster.type: kind, which brings its own',
    },
  ];
}

function missingRepository(file: string, { cluster, ci }: Document): Problem[] {
  if (ci.enabled !== true || cluster.type === 'kind' || ci.repository !== '') return [];
  return [
    {
      file,
      path: 'ci.repository',
      what: 'is missing',
      expected: 'the address of a git repository that pods can reach',
      fix: 'set ci.repository, or ci.enabled: false; only kind mounts this checkout',
    },
  ];
}

/** The settings among them that are files. */
function pathsOf({ credentials, ca }: Document['images']) {
  return {
    ...(credentials !== undefined && { credentials }),
    ...(ca !== undefined && { ca }),
  };
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}

function expandHome(path: string): string {
  // Without a home, `~` stays: the file is not found, and the message names it.
  return resolve(path.replace(/^~(?=$|\/)/, () => homeFolder() ?? '~'));
}

function displayName(file: string): string {
  const fromRoot = relative(ROOT, file);
  return fromRoot.startsWith('..') ? file : fromRoot;
}
