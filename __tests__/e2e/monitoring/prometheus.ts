import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { basicAuth, type Login } from '../../../cli/src/login';
import { login } from '../../../cli/src/session';
import { platform } from '../support/cluster';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since the epoch, and the value as text. */
  readonly value: readonly [number, string];
}

/** The login of a part of the monitoring stack. */
export function loginOf(part: 'prometheus' | 'alertmanager' | 'grafana'): Promise<Login> {
  return login(platform(), part, { name: SECRET[part], namespace: NAMESPACE.monitoring });
}

export function authorization(login: Login): Record<string, string> {
  return { authorization: basicAuth(login) };
}

/** The live Prometheus' HTTP API. */
export async function openPrometheus() {
  const address = `http://127.0.0.1:${String(platform().config.ports.prometheus)}`;
  const headers = authorization(await loginOf('prometheus'));

  async function ask<T>(path: string, form: Record<string, string> = {}): Promise<T> {
    const response = await fetch(`${address}${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });
    const body = (await response.json()) as { status: string; error?: string; data: T };
    if (body.status !== 'success') throw new Error(body.error ?? response.statusText);
    return body.data;
  }

  return {
    query: async (query: string): Promise<readonly Sample[]> => {
      const { resultType, result } = await ask<{ resultType: string; result: unknown }>('/api/v1/query', {
        query,
      });
      return resultType === 'scalar'
        ? [{ metric: {}, value: result as Sample['value'] }]
        : (result as Sample[]);
    },
    /** A single number. @throws Error where the query has no, or more than one, answer */
    number: async function (query: string): Promise<number> {
      const samples = await this.query(query);
      if (samples.length !== 1 || samples[0] === undefined)
        throw new Error(`${String(samples.length)} answers to ${query}`);
      return Number(samples[0].value[1]);
    },
  };
}

export type Prometheus = Awaited<ReturnType<typeof openPrometheus>>;
