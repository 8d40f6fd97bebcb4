import type fc from 'fast-check';
import type { Ports } from '../../../rollout/ports';

/** Ports to other processes. */
const OUTSIDE = ['document', 'claims', 'cluster', 'gateway', 'registry', 'evidence'];
type Any = Partial<Ports>;

/** Every operation on anything outside waits for its turn, which the scheduler gives in any order. */
export function scheduled<All extends Any>(ports: All, s: fc.Scheduler, name: string): All {
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
  const outside = Object.entries(ports).filter(([name]) => OUTSIDE.includes(name));
  return {
    ...ports,
    ...Object.fromEntries(outside.map(([of, port]) => [of, wrap(port as object, of)])),
  };
}
