import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request, type Agent } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { RELEASE_LIST } from '../../contracts/release-list';
import { ROOT } from '../../contracts/repository';
import { POD_PORT } from '../../contracts/services';
import { linkNginx, type NginxProgram } from './nginx-program';

/** Whatever the gateway sends to in the cluster. */
const ADDRESS = new RegExp(`(\\.svc\\.cluster\\.local):${POD_PORT.modelServer}\\b`, 'g');

const CHART = join(ROOT, 'charts/gateway');

export type Render = 'renders what is recorded' | 'renders a single version';

export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  /** The body, which has to be JSON. */
  readonly json: Record<string, unknown>;
}

export interface Config {
  readonly pod: string;
  readonly hash: string;
  readonly models: Record<string, Record<string, number>>;
  readonly refused: Record<string, string>;
}

/** The chart's gateway as the pod runs it, on this machine: its golden render, its scripts, its nginx. */
export class RunningGateway {
  readonly #folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  readonly #list = join(this.#folder, 'list', RELEASE_LIST.releases);
  // A file: nginx reopens /dev/stdout, which fails for a socket.
  readonly #log = join(this.#folder, 'log');
  #port = 0;
  #internalPort = 0;
  #child: ChildProcess | undefined;

  constructor(
    readonly program: NginxProgram,
    readonly nameServer: string,
    readonly podPort: number,
  ) {
    // Started by root, nginx' worker is another user.
    chmodSync(this.#folder, 0o755);
    for (const name of ['bin', 'list', 'etc']) mkdirSync(join(this.#folder, name));
    linkNginx(program, join(this.#folder, 'bin'));
  }

  get port(): number {
    return this.#port;
  }

  /** Also the process group of all that it started. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What it wrote: access log and errors. */
  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  /**
   * Puts another configuration where the pod mounts it.
   * @param change what a value of the chart would change
   */
  configure(render: Render, change = (text: string) => text): void {
    const golden = parse(
      readFileSync(join(CHART, 'tests/__snapshot__/golden_test.yaml.snap'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const text = Object.values(golden[render] ?? {})
      .map((document) => parse(document) as { data?: Record<string, string> })
      .map(({ data }) => data?.['nginx.conf'])
      .find((conf) => conf !== undefined);
    if (text === undefined) throw new Error(`golden_test.yaml.snap has no nginx.conf under "${render}"`);
    const local = text
      .replaceAll('/tmp/', `${this.#folder}/`)
      .replaceAll('/usr/lib/nginx/modules', this.program.modules)
      .replaceAll('/opt/gateway', join(CHART, 'files'))
      .replaceAll(`/etc/${RELEASE_LIST.name}`, join(this.#folder, 'list'))
      .replaceAll(ADDRESS, `$1:${this.podPort}`)
      .replace('listen 8080', `listen 127.0.0.1:${this.#port}`)
      .replace('listen 8081', `listen 127.0.0.1:${this.#internalPort}`);
    this.#replace(join(this.#folder, 'etc/nginx.conf'), change(local));
  }

  /** Writes the release list; undefined removes it. */
  releases(list: unknown): void {
    if (list === undefined) rmSync(this.#list, { force: true });
    else this.#replace(this.#list, typeof list === 'string' ? list : JSON.stringify(list));
  }

  /** Writes the history of the release list. */
  history(entries: readonly unknown[]): void {
    this.#replace(join(this.#folder, 'list', RELEASE_LIST.history), JSON.stringify({ schema: 1, entries }));
  }

  async start(render: Render): Promise<void> {
    if (this.#port === 0) [this.#port, this.#internalPort] = [await freePort(), await freePort()];
    this.configure(render);
    const log = openSync(this.#log, 'a');
    this.#child = spawn('sh', [join(CHART, 'files/run.sh')], {
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        PATH: `${join(this.#folder, 'bin')}:${process.env.PATH ?? ''}`,
        GATEWAY_SOURCE: join(this.#folder, 'etc/nginx.conf'),
        GATEWAY_ACTIVE: join(this.#folder, 'nginx.conf'),
        GATEWAY_RESOLVER_CONF: join(this.#folder, 'resolver.conf'),
        GATEWAY_NAMESERVERS: this.nameServer,
      },
    });
    closeSync(log);
    try {
      await eventually(async () => (await this.ask('/v2/health/live')).status === 200, 10);
    } catch (error) {
      const { log: written } = this;
      await this.dispose();
      throw new Error(`the gateway did not start: ${written}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    // The script, nginx and its workers share a process group.
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A request, on a new connection unless an agent keeps one. */
  ask(
    path: string,
    headers: Record<string, string> = {},
    body?: string,
    method?: string,
    agent: Agent | false = false,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          port: this.#port,
          host: '127.0.0.1',
          path,
          method: method ?? (body === undefined ? 'GET' : 'POST'),
          headers,
          agent,
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode: status = 0, headers: answered } = response;
            resolve({
              status,
              headers: answered,
              text,
              get json() {
                return JSON.parse(text) as Record<string, unknown>;
              },
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  /** The version that answers. */
  async version(headers: Record<string, string> = {}): Promise<unknown> {
    return (await this.ask('/v2/models/fraud/infer', headers, '{}')).json.model_version;
  }

  async config(): Promise<Config> {
    return (await this.ask('/gateway/config')).json as unknown as Config;
  }

  /** What Kubernetes asks the pod. */
  async podReady(): Promise<number> {
    return (await fetch(`http://127.0.0.1:${this.#internalPort}/ready`)).status;
  }

  /** What Prometheus reads of the pod. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.#internalPort}/metrics`)).text();
  }

  /** Sends bytes as they are; returns what comes back until the answer is whole or the gateway closes. */
  raw(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.#port, '127.0.0.1').setEncoding('latin1');
      let text = '';
      socket.on('data', (chunk: string) => {
        text += chunk;
        const [head = '', body] = text.split('\r\n\r\n');
        const length = /^content-length: (\d+)/im.exec(head)?.[1];
        if (body !== undefined && length !== undefined && body.length >= Number(length)) socket.destroy();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(text);
      });
      socket.write(bytes, 'latin1');
    });
  }

  /** As the kubelet does: the new file takes the place of the old one at once. */
  #replace(path: string, text: string): void {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something is true, and returns how long that took. */
export async function eventually(test: () => Promise<boolean>, seconds: number): Promise<number> {
  const started = performance.now();
  for (;;) {
    const last = performance.now() - started > seconds * 1000;
    if (await test().catch(() => false)) return (performance.now() - started) / 1000;
    if (last) throw new Error(`not so within ${seconds} s`);
    await sleep(20);
  }
}
