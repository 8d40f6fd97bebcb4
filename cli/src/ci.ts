import type { CiBuilder } from '../../contracts/ci';
import { SERVICE } from '../../contracts/services';
import { reasonOf } from './cluster/kubernetes';
import { errors } from './errors';
import { basicAuth, type Login } from './login';

/** Results of a build, by their number. Source: Buildbot, buildbot.process.results. */
const OUTCOMES = ['success', 'warnings', 'failure', 'skipped', 'exception', 'retry', 'cancelled'] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface CiBuild {
  /** Unique in the CI. */
  readonly id: number;
  readonly builder: string;
  /** Counts the builds of its builder. */
  readonly number: number;
  /** Of the request that it is an attempt of. */
  readonly request: number;
  /** Undefined while it runs. */
  readonly outcome: Outcome | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Seconds, so far while it runs. */
  readonly seconds: number;
  /** What it does, or why it ended as it did. */
  readonly state: string;
  readonly model: string | undefined;
  /** What started it. */
  readonly trigger: string | undefined;
}

interface RawBuild {
  readonly buildid: number;
  readonly builderid: number;
  readonly buildrequestid: number;
  readonly number: number;
  readonly results: number | null;
  readonly started_at: number;
  readonly complete_at: number | null;
  readonly state_string: string;
  readonly properties?: Readonly<Record<string, readonly [unknown, string]>>;
}

const PATIENCE_MS = 15_000;

/** The part of Buildbot's REST API that the command line needs. Source: Buildbot manual, "REST API", version 2. */
export class Ci {
  private session: Promise<string> | undefined;

  constructor(
    private readonly address: string,
    private readonly credentials: Login,
  ) {}

  /** The newest builds, newest first. */
  async builds(limit: number): Promise<readonly CiBuild[]> {
    return this.read(`builds?order=-buildid&limit=${String(limit)}&property=model&property=scheduler`);
  }

  /** Attempts of one request, oldest first. */
  async attempts(request: number): Promise<readonly CiBuild[]> {
    return this.read(
      `builds?order=buildid&buildrequestid=${String(request)}&property=model&property=scheduler`,
    );
  }

  async build(id: number): Promise<CiBuild | undefined> {
    const [found] = await this.read(`builds?buildid=${String(id)}&property=model&property=scheduler`);
    return found;
  }

  /** How many requests wait for a runner. */
  async waiting(): Promise<number> {
    const { meta } = await this.get<{ meta: { total: number } }>(
      'buildrequests?claimed=false&complete=false&limit=1',
    );
    return meta.total;
  }

  /**
   * What a build's commands printed so far, from a line on.
   * @param seen lines of each log that the caller already has; updated
   */
  async lines(build: number, seen: Map<number, number>): Promise<readonly string[]> {
    const { steps } = await this.get<{ steps: { stepid: number }[] }>(`builds/${String(build)}/steps`);
    const printed: string[] = [];
    for (const { stepid } of steps) {
      const { logs } = await this.get<{ logs: { logid: number; num_lines: number; type: string }[] }>(
        `steps/${String(stepid)}/logs`,
      );
      for (const { logid, num_lines: total, type } of logs) {
        const from = seen.get(logid) ?? 0;
        if (total <= from) continue;
        const { logchunks } = await this.get<{ logchunks: { content: string }[] }>(
          `logs/${String(logid)}/contents?offset=${String(from)}&limit=${String(total - from)}`,
        );
        seen.set(logid, total);
        const text = logchunks.map(({ content }) => content).join('');
        printed.push(...(type === 's' ? printedBy(text) : text.trimEnd().split('\n')));
      }
    }
    return printed;
  }

  /**
   * Presses a button.
   * @returns the request, whose attempts are builds
   * @throws UserError ciRefused, unavailable
   */
  async force(builder: CiBuilder, parameters: Readonly<Record<string, string>>): Promise<number> {
    const button = `force-${builder}`;
    const answer = await this.control(`forceschedulers/${button}`, 'force', parameters);
    const { result, error } = answer as {
      result?: [number, Readonly<Record<string, number>>];
      error?: { message: unknown };
    };
    const request = Object.values(result?.[1] ?? {})[0];
    if (request !== undefined) return request;
    const message = error?.message;
    const reason =
      typeof message === 'object' && message !== null
        ? Object.values(message as Record<string, string>).join('; ')
        : String(message);
    throw errors.ciRefused(button, reason);
  }

  /** Ends a request, and the build that is an attempt of it. */
  async cancel(request: number, reason: string): Promise<void> {
    await this.control(`buildrequests/${String(request)}`, 'cancel', { reason });
  }

  private async read(path: string): Promise<readonly CiBuild[]> {
    const [{ builds }, { builders }] = await Promise.all([
      this.get<{ builds: RawBuild[] }>(path),
      this.get<{ builders: { builderid: number; name: string }[] }>('builders'),
    ]);
    const names = new Map(builders.map(({ builderid, name }) => [builderid, name]));
    return builds.map((build) => fromRaw(build, names.get(build.builderid) ?? 'unknown'));
  }

  private async get<T>(path: string): Promise<T> {
    const response = await this.request(path);
    const text = await response.text();
    if (!response.ok) throw this.unavailable(`HTTP ${String(response.status)}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }

  private async control(path: string, method: string, params: object): Promise<unknown> {
    const response = await this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      throw this.unavailable(`HTTP ${String(response.status)}: ${text.slice(0, 300)}`);
    }
  }

  /** With a session; with a new one where the CI does not know the old one. */
  private async request(path: string, init: { method?: string; headers?: object; body?: string } = {}) {
    const once = async (cookie: string) =>
      this.fetch(`api/v2/${path}`, { ...init, headers: { ...init.headers, cookie } });
    const known = this.session;
    const first = await once(await (this.session ??= this.logIn()));
    return known === undefined || first.status !== 403 ? first : once(await (this.session = this.logIn()));
  }

  /** @returns the session's cookie. Nothing else takes the password */
  private async logIn(): Promise<string> {
    const { status, headers } = await this.fetch('auth/login', {
      headers: { authorization: basicAuth(this.credentials) },
      redirect: 'manual',
    });
    if (status === 401) throw errors.ciPassword(this.address);
    return headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
  }

  private async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await fetch(`${this.address}/${path}`, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch (error) {
      throw this.unavailable(reasonOf(error));
    }
  }

  private unavailable(reason: string) {
    return errors.unavailable(SERVICE.ci.title, this.address, reason);
  }
}

/** Lines of standard output and standard error, without Buildbot's own. Each line starts with its stream's letter. */
function printedBy(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('o') || line.startsWith('e'))
    .map((line) => line.slice(1));
}

function fromRaw(raw: RawBuild, builder: string): CiBuild {
  const property = (name: string) => raw.properties?.[name]?.[0]?.toString();
  return {
    id: raw.buildid,
    builder,
    number: raw.number,
    request: raw.buildrequestid,
    outcome: raw.results === null ? undefined : OUTCOMES[raw.results],
    startedAt: new Date(raw.started_at * 1000).toISOString(),
    seconds: (raw.complete_at ?? Math.floor(Date.now() / 1000)) - raw.started_at,
    state: raw.state_string,
    model: property('model'),
    trigger: property('scheduler'),
  };
}
