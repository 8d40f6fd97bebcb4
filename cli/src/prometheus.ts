import { reasonOf } from './cluster/kubernetes';
import { errors } from './errors';
import { basicAuth, type Login } from './login';

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and both infinities are possible. */
  readonly value: number;
}

/** Seconds since 1970, and the value as text. */
type Value = readonly [number, string];

/** What `/api/v1/query` answers. Source: Prometheus HTTP API. */
interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?:
    | {
        readonly resultType: 'vector';
        readonly result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: Value;
        }[];
      }
    | { readonly resultType: 'scalar'; readonly result: Value }
    | { readonly resultType: 'matrix' | 'string' };
}

/** A command that somebody waits for. */
const PATIENCE_MS = 5_000;

export class Prometheus {
  constructor(
    private readonly address: string,
    private readonly login: Login,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /**
   * Evaluates an expression, now. A scalar is one sample without labels.
   * @throws UserError unavailable, also where the expression gives something else
   */
  async query(expression: string): Promise<readonly Sample[]> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${this.address}/api/v1/query`, {
        method: 'POST',
        headers: { authorization: basicAuth(this.login) },
        body: new URLSearchParams({ query: expression }),
        signal: AbortSignal.timeout(this.patienceMs),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw this.unavailable(reasonOf(error));
    }
    const answer = parse(text);
    if (status === 200 && answer?.data?.resultType === 'scalar')
      return [{ labels: {}, value: numberOf(answer.data.result[1]) }];
    if (status !== 200 || answer?.data?.resultType !== 'vector')
      throw this.unavailable(`HTTP ${String(status)}: ${(answer?.error ?? text).trim().slice(0, 300)}`);
    return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) }));
  }

  /** Evaluates several expressions at once. @throws UserError unavailable when one of them fails */
  async queries<Name extends string>(
    expressions: Readonly<Record<Name, string>>,
  ): Promise<Readonly<Record<Name, readonly Sample[]>>> {
    const names = Object.keys(expressions) as Name[];
    const answers = await Promise.all(
      names.map(async (name) => [name, await this.query(expressions[name])] as const),
    );
    return Object.fromEntries(answers) as Record<Name, readonly Sample[]>;
  }

  private unavailable(reason: string) {
    return errors.unavailable('Prometheus', this.address, reason);
  }
}

function parse(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

/** Prometheus writes `+Inf`, which Number() does not read. */
function numberOf(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
