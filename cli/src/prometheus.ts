import { PrometheusClient, type Sample } from '../../rollout/prometheus';
import { errors } from './errors';
import { basicAuth, type Login } from './login';

export type { Sample } from '../../rollout/prometheus';

/** The platform's Prometheus. Its methods throw UserError unavailable. */
export class Prometheus extends PrometheusClient {
  constructor(address: string, login: Login, patienceMs?: number) {
    super({
      address,
      authorization: basicAuth(login),
      unavailable: (reason) => errors.unavailable('Prometheus', address, reason),
      ...(patienceMs === undefined ? {} : { patienceMs }),
    });
  }

  /** Evaluates several expressions at once. */
  async queries<Name extends string>(
    expressions: Readonly<Record<Name, string>>,
  ): Promise<Readonly<Record<Name, readonly Sample[]>>> {
    const names = Object.keys(expressions) as Name[];
    const answers = await Promise.all(
      names.map(async (name) => [name, await this.query(expressions[name])] as const),
    );
    return Object.fromEntries(answers) as Record<Name, readonly Sample[]>;
  }
}
