import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { basicAuth, type Login } from '../../../cli/src/login';
import { Prometheus } from '../../../cli/src/prometheus';
import { login } from '../../../cli/src/session';
import { platform } from '../support/cluster';

/** The login of a part of the monitoring stack. */
export function loginOf(part: 'prometheus' | 'alertmanager' | 'grafana'): Promise<Login> {
  return login(platform(), part, { name: SECRET[part], namespace: NAMESPACE.monitoring });
}

export function authorization(login: Login): Record<string, string> {
  return { authorization: basicAuth(login) };
}

/** Rules over weeks, on a cluster that is busy. */
const PATIENCE_MS = 60_000;

/** The live Prometheus. */
export async function openPrometheus(): Promise<Prometheus> {
  const address = `http://127.0.0.1:${String(platform().config.ports.prometheus)}`;
  return new Prometheus(address, await loginOf('prometheus'), PATIENCE_MS);
}

/** A single number. @throws Error where the query has no, or more than one, answer */
export async function numberOf(prometheus: Prometheus, query: string): Promise<number> {
  const samples = await prometheus.query(query);
  if (samples.length !== 1 || samples[0] === undefined)
    throw new Error(`${String(samples.length)} answers to ${query}`);
  return samples[0].value;
}
