import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  readonly metadata: { readonly resourceVersion?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

const NAMESPACED =
  /^\/(?:api\/v1|apis\/coordination\.k8s\.io\/v1)\/namespaces\/mlops-serving\/([a-z]+)(?:\/([^/]+))?(?:\/(.+))?$/;

/** As much of an API server as the controller talks to: objects with optimistic locking, and one gateway pod. */
export class ApiServer {
  readonly objects = new Map<string, Stored>();
  readonly events: Stored[] = [];
  readonly asked = new Set<string>();
  #revision = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<ApiServer> {
    const server = new ApiServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  put(path: string, object: object & { readonly metadata?: object }): Stored {
    this.#revision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    const stored = { ...object, metadata };
    this.objects.set(path, stored);
    return stored;
  }

  async #answer(request: IncomingMessage): Promise<readonly [number, unknown]> {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    const [, kind = '', name = '', rest = ''] = NAMESPACED.exec(path) ?? [];
    const method = request.method ?? '';
    this.asked.add(`${method} ${kind}${rest === '' ? '' : `/${rest.split('/')[0] ?? ''}`}`);
    const key = `${kind}/${name}`;
    if (kind === 'pods' && name === '') return [200, { items: [this.#pod()] }];
    if (rest === 'proxy/gateway/config') return [200, this.#gatewayConfig()];
    if (rest === 'status') return [200, this.#pod()];
    const body = method === 'GET' ? undefined : await json(request);
    if (method === 'POST' && kind === 'events') {
      this.events.push(body as Stored);
      return [201, body];
    }
    const found = this.objects.get(key);
    if (method === 'POST') {
      const created = `${kind}/${String((body as Stored).metadata.name)}`;
      return this.objects.has(created) ? failure(409) : [201, this.put(created, body as Stored)];
    }
    if (found === undefined) return failure(404);
    if (method === 'GET') return [200, found];
    if ((body as Stored).metadata.resourceVersion !== found.metadata.resourceVersion) return failure(409);
    return [200, this.put(key, body as Stored)];
  }

  #pod(): object {
    return { metadata: { name: 'gateway-1' }, status: { phase: 'Running' } };
  }

  /** What the list says, at once. */
  #gatewayConfig(): object {
    const { data } = (this.objects.get('configmaps/release-list') ?? {}) as { data?: Record<string, string> };
    const { models } = JSON.parse(data?.['releases.json'] ?? '{"models":{}}') as {
      models: Record<string, { versions: { version: string; weight: number }[] }>;
    };
    const weights = ({ versions }: { versions: { version: string; weight: number }[] }) =>
      Object.fromEntries(versions.map(({ version, weight }) => [version, weight]));
    return {
      models: Object.fromEntries(Object.entries(models).map(([model, spec]) => [model, weights(spec)])),
    };
  }
}

async function json(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text);
}

function failure(code: number): readonly [number, unknown] {
  return [code, { kind: 'Status', status: 'Failure', code, message: `code ${String(code)}` }];
}
