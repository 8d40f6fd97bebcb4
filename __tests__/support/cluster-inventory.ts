import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';

/** Every object of a cluster: what it is and where → its version. */
export type Inventory = ReadonlyMap<string, string>;

/** Come and go by themselves. */
const PASSING = ['events', 'certificatesigningrequests', 'componentstatuses'];
const PASSING_GROUPS = ['events.k8s.io', 'metrics.k8s.io'];

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly verbs: readonly string[] }[];
}

interface ObjectList {
  readonly items?: readonly {
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly resourceVersion?: string;
    };
  }[];
}

/** Lists every object of every kind that the API server knows. */
export async function inventory(config: KubeConfig): Promise<Inventory> {
  const { groups } = await read<{
    groups: readonly { name: string; preferredVersion: { groupVersion: string } }[];
  }>(config, '/apis');
  const paths = [
    '/api/v1',
    ...groups
      .filter(({ name }) => !PASSING_GROUPS.includes(name))
      .map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`),
  ];
  const found = new Map<string, string>();
  for (const path of paths) {
    const { resources } = await read<ResourceList>(config, path);
    const listed = resources.filter(
      ({ name, verbs }) => !name.includes('/') && verbs.includes('list') && !PASSING.includes(name),
    );
    for (const { name: kind } of listed) {
      const { items } = await read<ObjectList>(config, `${path}/${kind}`);
      for (const { metadata } of items ?? [])
        found.set(keyOf(path, kind, metadata), metadata.resourceVersion ?? '');
    }
  }
  return found;
}

/** {@link inventory} once it is the same twice: a new namespace gets objects of its own in the seconds that follow. */
export async function restingInventory(config: KubeConfig): Promise<Inventory> {
  let former = await inventory(config);
  for (let round = 0; round < 20; round += 1) {
    await sleep(5_000);
    const now = await inventory(config);
    const { left, lost } = differences(former, now, []);
    if (left.length + lost.length === 0) return now;
    former = now;
  }
  throw new Error('the cluster does not come to rest');
}

function keyOf(path: string, kind: string, { namespace, name }: { namespace?: string; name: string }) {
  const group = path.replace(/^\/apis?\//, '');
  return [`${group}/${kind}`, ...(namespace === undefined ? [] : [namespace]), name].join(' ');
}

export interface Differences {
  /** There now, and not before. */
  readonly left: readonly string[];
  /** There before, and not now. */
  readonly lost: readonly string[];
  /** Of `watched`, those that have another version. */
  readonly changed: readonly string[];
}

/** @param watched keys of objects that nobody but a test has a reason to write */
export function differences(before: Inventory, after: Inventory, watched: readonly string[]): Differences {
  return {
    left: [...after.keys()].filter((key) => !before.has(key)),
    lost: [...before.keys()].filter((key) => !after.has(key)),
    changed: watched.filter((key) => after.has(key) && after.get(key) !== before.get(key)),
  };
}

async function read<T>(config: KubeConfig, path: string): Promise<T> {
  const options = {};
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const asked = request(`${config.getCurrentCluster()?.server ?? ''}${path}`, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Error(`GET ${path}: ${String(response.statusCode)} ${text.slice(0, 200)}`));
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
