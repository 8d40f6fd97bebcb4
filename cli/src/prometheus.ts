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

/** Raw samples of one series. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly samples: readonly (readonly [number, number])[];
}

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  /** Of a vector. */
  readonly value?: Value;
  /** Of a matrix. */
  readonly values?: readonly Value[];
}

/** What `/api/v1/query` answers. Source: Prometheus HTTP API. */
interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly data?:
    | {
        readonly resultType: 'vector' | 'matrix';
        readonly result: readonly Found[];
      }
    | { readonly resultType: 'scalar'; readonly result: Value }
    | { readonly resultType: 'string' };
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
    const result = await this.ask(expression, 'vector');
    return result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value?.[1] ?? 'NaN') }));
  }

  /**
   * Evaluates an expression that gives raw samples up to now, such as `up[5m]`.
   * @throws UserError unavailable
   */
  async range(expression: string): Promise<readonly Series[]> {
    const result = await this.ask(expression, 'matrix');
    return result.map(({ metric, values = [] }) => ({
      labels: metric,
      samples: values.map(([time, value]): [number, number] => [time, numberOf(value)]),
    }));
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

  private async ask(expression: string, type: 'vector' | 'matrix'): Promise<readonly Found[]> {
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
    if (status === 200 && answer?.data?.resultType === 'scalar' && type === 'vector')
      return [{ metric: {}, value: answer.data.result }];
    if (status !== 200 || answer?.data?.resultType !== type)
      throw this.unavailable(`HTTP ${String(status)}: ${(answer?.error ?? text).trim().slice(0, 300)}`);
    return answer.data.result;
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
