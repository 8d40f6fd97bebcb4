export interface Series {
  metric: Record<string, string>;
  values?: [number, string][];
  value?: [number, string];
}

const BASE = 'api/datasources/proxy/uid/prometheus/api/v1/';

/** Queries Prometheus through the viewer's server. Errors are Prometheus's own. */
async function ask(path: string, init: RequestInit): Promise<any> {
  const response = await fetch(BASE + path, init);
  const answer = await response
    .json()
    .catch(() => ({ status: 'error', error: `HTTP ${response.status} without JSON` }));
  if (answer.status !== 'success') throw new Error(answer.error ?? `HTTP ${response.status}`);
  return answer;
}

/** An instant or range query, which may be longer than a URL allows. */
export function query(
  path: 'query' | 'query_range',
  values: Record<string, string>,
  signal?: AbortSignal,
): Promise<any> {
  return ask(path, { method: 'POST', body: new URLSearchParams(values), signal });
}

export function lookUp(path: string, values: Record<string, string>): Promise<any> {
  return ask(`${path}?${new URLSearchParams(values)}`, {});
}

export function number(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

/** A point of a line. Not a number, such as the quantile of no requests, is a gap: it would leave the axis without a scale. */
export function point(text: string): number | null {
  const value = number(text);
  return Number.isNaN(value) ? null : value;
}
