/** PromQL as text. */
export type PromQL = string;

/** A label selector, `{a="1",b=~"x|y"}`; a value may start with an operator. */
export function selector(name: string, matchers: Readonly<Record<string, string>> = {}): PromQL {
  const parts = Object.entries(matchers).map(([label, value]) => {
    const [, operator = '=', text = ''] = /^(=~|!~|!=|=)?([\s\S]*)$/.exec(value) ?? [];
    return `${label}${operator}"${text}"`;
  });
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

export function sumBy(labels: readonly string[], expression: PromQL): PromQL {
  return `sum by (${labels.join(', ')}) (${expression})`;
}

export function maxBy(labels: readonly string[], expression: PromQL): PromQL {
  return `max by (${labels.join(', ')}) (${expression})`;
}

/** A duration in Prometheus' format, in the largest unit that divides it. */
export function duration(seconds: number): string {
  for (const [unit, length] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
  ] as const)
    if (seconds % length === 0) return `${seconds / length}${unit}`;
  return `${seconds}s`;
}

/** Removes the source's indentation from a multi-line expression. */
export function lines(text: string): PromQL {
  const all = text.replace(/^\n+|\s+$/g, '').split('\n');
  const indent = Math.min(...all.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return all.map((line) => line.slice(indent)).join('\n');
}
