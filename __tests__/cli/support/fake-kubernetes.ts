import { ApiException, type KubernetesObject, type V1Secret } from '@kubernetes/client-node';
import { gzipSync } from 'node:zlib';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';

/** ConfigMaps, Leases and Secrets in memory, with the API server's optimistic locking. */
export class FakeKubernetes {
  readonly objects = new Map<string, KubernetesObject>();
  #revision = 0;

  put(kind: string, object: KubernetesObject): void {
    const { namespace = '', name = '' } = object.metadata ?? {};
    this.#revision += 1;
    this.objects.set(`${kind}/${namespace}/${name}`, {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#revision) },
    });
  }

  names(kind: string): string[] {
    return [...this.objects.keys()]
      .filter((key) => key.startsWith(`${kind}/`))
      .map((key) => key.split('/')[2] ?? '');
  }

  get client(): Kubernetes {
    const of = (kind: string) => ({
      read: ({ namespace, name }: { namespace: string; name: string }) => {
        const found = this.objects.get(`${kind}/${namespace}/${name}`);
        return found ? Promise.resolve(found) : Promise.reject(new ApiException(404, 'not found', {}, {}));
      },
      create: ({ namespace, body }: { namespace: string; body: KubernetesObject }) => {
        const key = `${kind}/${namespace}/${body.metadata?.name ?? ''}`;
        if (this.objects.has(key)) return Promise.reject(new ApiException(409, 'exists', {}, {}));
        this.put(kind, { ...body, metadata: { ...body.metadata, namespace } });
        return Promise.resolve(this.objects.get(key));
      },
      replace: ({ namespace, name, body }: { namespace: string; name: string; body: KubernetesObject }) => {
        const key = `${kind}/${namespace}/${name}`;
        const wanted = body.metadata?.resourceVersion;
        const found = this.objects.get(key);
        if (!found) return Promise.reject(new ApiException(404, 'not found', {}, {}));
        if (wanted !== undefined && wanted !== found.metadata?.resourceVersion) {
          return Promise.reject(new ApiException(409, 'conflict', {}, {}));
        }
        this.put(kind, { ...body, metadata: { ...body.metadata, namespace, name } });
        return Promise.resolve(this.objects.get(key));
      },
      delete: ({ namespace, name }: { namespace: string; name: string }) => {
        const known = this.objects.delete(`${kind}/${namespace}/${name}`);
        return known ? Promise.resolve({}) : Promise.reject(new ApiException(404, 'not found', {}, {}));
      },
      list: ({ namespace }: { namespace: string }) =>
        Promise.resolve({
          items: [...this.objects]
            .filter(([key]) => key.startsWith(`${kind}/${namespace}/`))
            .map(([, each]) => each),
        }),
    });
    const [maps, secrets, leases] = [of('ConfigMap'), of('Secret'), of('Lease')];
    return {
      core: {
        readNamespacedConfigMap: maps.read,
        replaceNamespacedConfigMap: maps.replace,
        readNamespacedSecret: secrets.read,
        listNamespacedSecret: secrets.list,
        deleteNamespacedSecret: secrets.delete,
      },
      coordination: {
        readNamespacedLease: leases.read,
        createNamespacedLease: leases.create,
        replaceNamespacedLease: leases.replace,
      },
    } as unknown as Kubernetes;
  }
}

/** A revision of a Helm release, as Helm stores it. */
export function helmRecord(name: string, revision: number, status: string, partOf = 'mlops'): V1Secret {
  const manifest = [
    'apiVersion: v1',
    'kind: Service',
    `metadata: { name: ${name}, labels: { app.kubernetes.io/part-of: ${partOf} } }`,
  ].join('\n');
  const packed = gzipSync(JSON.stringify({ name, manifest })).toString('base64');
  return {
    metadata: {
      namespace: 'mlops-serving',
      name: `sh.helm.release.v1.${name}.v${revision}`,
      labels: { owner: 'helm', name, status, version: String(revision) },
    },
    data: { release: Buffer.from(packed).toString('base64') },
  };
}

export function releaseListMap(...versions: string[]): KubernetesObject & { data: Record<string, string> } {
  const releases = versions.map((version) => ({
    version,
    image: `registry.example/models/fraud@sha256:${'0'.repeat(64)}`,
    weight: version === versions[0] ? 100 : 0,
  }));
  return {
    metadata: { namespace: 'mlops-serving', name: 'release-list', labels: { keep: 'me' } },
    data: {
      'releases.json': JSON.stringify({ schema: 1, models: { fraud: { versions: releases } } }),
      'history.json': JSON.stringify({ schema: 1, entries: [] }),
    },
  };
}
