import type fc from 'fast-check';

/** Ports to other processes. */
const OUTSIDE = ['document', 'claims', 'cluster', 'gateway', 'registry', 'evidence'];

/** Every operation on anything outside waits for its turn, which the scheduler gives in any order. */
export function scheduled<All extends object>(ports: All, s: fc.Scheduler, name: string): All {
  const wrap = <Port extends object>(port: Port, of: string): Port =>
    Object.fromEntries(
      Object.entries(port).map(([key, value]) => [
        key,
        async (...args: unknown[]) => {
          await s.schedule(Promise.resolve(), `${name} ${of}.${key}`);
          return await (value as (...all: unknown[]) => Promise<unknown>)(...args);
        },
      ]),
    ) as Port;
  const outside = Object.entries(ports as Record<string, object>).filter(([name]) => OUTSIDE.includes(name));
  return {
    ...ports,
    ...Object.fromEntries(outside.map(([of, port]) => [of, wrap(port, of)])),
  };
}
