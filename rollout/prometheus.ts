import { reasonOf } from '../contracts/reason';

/** One series of an instant query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** NaN and both infinities are possible. */
  readonly value: number;
}

/** Raw samples of one series. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly samples: readonly (readonly [number, number])[];
}

/** Seconds since 1970, and the value as text. */
type Value = readonly [number, string];

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

/** Somebody waits for the answer. */
const PATIENCE_MS = 5_000;

export interface PrometheusAccess {
  /** For example http://127.0.0.1:9090. */
  readonly address: string;
  /** Value of the header `Authorization`. */
  readonly authorization: string;
  /** What is thrown when there is no answer, or one of another kind. */
  readonly unavailable: (reason: string) => Error;
  /** @default 5000 */
  readonly patienceMs?: number;
}

/** Prometheus' HTTP API, as far as it is asked for what is and was. */
export class PrometheusClient {
  constructor(private readonly access: PrometheusAccess) {}

  /** Evaluates an expression, now. A scalar is one sample without labels. */
  async query(expression: string): Promise<readonly Sample[]> {
    const result = await this.ask(expression, 'vector');
    return result.map(({ metric, value }) => ({ labels: metric, value: numberOf(value?.[1] ?? 'NaN') }));
  }

  /** Evaluates an expression that gives raw samples up to now, such as `up[5m]`. */
  async range(expression: string): Promise<readonly Series[]> {
    const result = await this.ask(expression, 'matrix');
    return result.map(({ metric, values = [] }) => ({
      labels: metric,
      samples: values.map(([time, value]): [number, number] => [time, numberOf(value)]),
    }));
  }

  private async ask(expression: string, type: 'vector' | 'matrix'): Promise<readonly Found[]> {
    const { address, authorization, unavailable, patienceMs = PATIENCE_MS } = this.access;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${address}/api/v1/query`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ query: expression }),
        signal: AbortSignal.timeout(patienceMs),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw unavailable(reasonOf(error));
    }
    const answer = parse(text);
    if (status === 200 && answer?.data?.resultType === 'scalar' && type === 'vector')
      return [{ metric: {}, value: answer.data.result }];
    if (status !== 200 || answer?.data?.resultType !== type)
      throw unavailable(`HTTP ${String(status)}: ${(answer?.error ?? text).trim().slice(0, 300)}`);
    return answer.data.result;
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
