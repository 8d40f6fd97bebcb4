import type { VariableJson } from '../dashboard-json';
import { interpolate, promFormat, type Scope } from '../interpolate';
import { lookUp, query, type Series } from './api';

/** The values of a query variable, in Grafana's query language for Prometheus. */
export async function variableOptions(variable: VariableJson, scope: Scope): Promise<string[]> {
  const written = typeof variable.query === 'string' ? variable.query : variable.query?.query;
  const found = await evaluate(interpolate(written, scope, undefined, promFormat).trim(), scope);
  return sorted([...new Set(filtered(found, variable.regex))], variable.sort ?? 0);
}

async function evaluate(text: string, scope: Scope): Promise<string[]> {
  const time = {
    start: String(scope.range.from.valueOf() / 1000),
    end: String(scope.range.to.valueOf() / 1000),
  };
  const matching = (selector: string | undefined) => (selector ? { ...time, 'match[]': selector } : time);

  const names = /^label_names\((.*)\)$/.exec(text);
  if (names) return (await lookUp('labels', matching(names[1]))).data;

  const values = /^label_values\((?:(.+),\s*)?(\w+)\s*\)$/.exec(text);
  if (values) return (await lookUp(`label/${values[2]}/values`, matching(values[1]))).data;

  const metrics = /^metrics\((.+)\)$/.exec(text);
  if (metrics) {
    const pattern = new RegExp(metrics[1]);
    return (await lookUp('label/__name__/values', time)).data.filter((name: string) => pattern.test(name));
  }

  const result = /^query_result\((.+)\)$/s.exec(text);
  if (result) {
    const { data } = await query('query', { query: result[1], time: time.end });
    return data.result.map(({ metric: { __name__, ...labels }, value }: Series) => {
      const pairs = Object.entries(labels).map(([name, each]) => `${name}="${each}"`);
      return `${__name__ ?? ''}{${pairs.join(',')}} ${value![1]}`;
    });
  }
  return (await lookUp('series', matching(text))).data.map((series: unknown) => JSON.stringify(series));
}

function filtered(options: string[], regex: string | undefined): string[] {
  if (!regex) return options;
  const pattern = new RegExp(regex.replace(/^\/|\/[gimsuy]*$/g, ''));
  return options.flatMap((option) => {
    const match = pattern.exec(option);
    return match ? [match.groups?.value ?? match[1] ?? match[0]] : [];
  });
}

/** Grafana's codes: 1 and 2 alphabetical, 3 and 4 numerical, from 5 case-insensitive; even ones descend. */
function sorted(options: string[], order: number): string[] {
  if (order === 0) return options;
  const sensitivity = order >= 5 ? 'base' : 'variant';
  options.sort(
    order === 3 || order === 4
      ? (a, b) => parseFloat(a) - parseFloat(b)
      : (a, b) => a.localeCompare(b, undefined, { sensitivity }),
  );
  return order % 2 === 0 ? options.reverse() : options;
}
