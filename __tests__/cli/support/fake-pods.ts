import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';

export interface FakePod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What its log holds; undefined: its container has not started. */
  readonly log?: readonly string[];
  /** Of the container that ran before a restart. */
  readonly previous?: readonly string[];
  readonly ip?: string;
  readonly imageID?: string;
}

/** An API server that knows pods of one namespace and their logs, over HTTP as the client speaks it. */
export class FakePods {
  pods: readonly FakePod[] = [];
  readonly asked: URL[] = [];
  readonly #streams = new Map<string, ServerResponse>();
  #server: Server | undefined;

  async start(): Promise<Kubernetes> {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      this.asked.push(url);
      const [, pod] = /\/pods\/([^/]+)\/log$/.exec(url.pathname) ?? [];
      if (pod === undefined) this.#list(url, response);
      else this.#log(pod, url, response);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'fake', server: `http://127.0.0.1:${String(port)}`, skipTLSVerify: true },
      { name: 'fake' },
    );
    return { config, core: config.makeApiClient(CoreV1Api) } as unknown as Kubernetes;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** Adds to a log that is being followed. */
  write(pod: string, line: string): void {
    this.#streams.get(pod)?.write(`${line}\n`);
  }

  /** Ends a log that is being followed, as the API server does now and then. */
  cut(pod: string): void {
    this.#streams.get(pod)?.end();
    this.#streams.delete(pod);
  }

  #list(url: URL, response: ServerResponse): void {
    const [key = '', value] = (url.searchParams.get('labelSelector') ?? '').split('=');
    const items = this.pods
      .filter(({ labels }) => (value === undefined ? key in labels : labels[key] === value))
      .map(({ name, labels, log, previous, ip, imageID }) => ({
        metadata: { name, uid: `uid-${name}`, labels },
        spec: { containers: [{ name: 'main', image: 'image' }] },
        status: {
          podIP: ip,
          containerStatuses: [
            {
              name: 'main',
              imageID,
              restartCount: previous === undefined ? 0 : 1,
              state: log === undefined ? { waiting: { reason: 'ContainerCreating' } } : { running: {} },
            },
          ],
        },
      }));
    json(response, 200, { apiVersion: 'v1', kind: 'PodList', metadata: {}, items });
  }

  #log(name: string, url: URL, response: ServerResponse): void {
    const pod = this.pods.find((each) => each.name === name);
    const lines = url.searchParams.get('previous') === 'true' ? pod?.previous : pod?.log;
    if (lines === undefined) {
      json(response, 400, {
        kind: 'Status',
        message: `container in pod "${name}" is waiting to start`,
      });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (const line of lines) response.write(`${line}\n`);
    if (url.searchParams.get('follow') !== 'true') {
      response.end();
      return;
    }
    response.flushHeaders();
    this.#streams.set(name, response);
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
