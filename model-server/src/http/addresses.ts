import type { RouteOptions } from 'fastify';

/** The methods of each address: tells 405 from 404. */
export class Addresses {
  private readonly methods = new Map<string, Set<string>>();

  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    const known = this.methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    this.methods.set(url, known);
  }

  /** Sorted; empty for an unknown address. @param path Without the query. */
  methodsAt(path: string): readonly string[] {
    for (const [pattern, methods] of this.methods) if (fits(pattern, path)) return [...methods].sort();
    return [];
  }
}

function fits(pattern: string, path: string): boolean {
  const parts = pattern.split('/');
  const given = path
    .replace(/\/+/g, '/')
    .replace(/(?<=.)\/$/, '')
    .split('/');
  return (
    parts.length === given.length &&
    parts.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
