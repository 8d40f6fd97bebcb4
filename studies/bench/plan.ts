import { cpus } from 'node:os';

import { errors } from './errors';

/** How long and how often everything is measured. Durations are seconds. */
export interface Plan {
  /** Too short to be recorded: for work on the benchmark itself. */
  readonly quick: boolean;
  readonly rotations: number;
  /** Length of one slice of each kind of load. */
  readonly slice: {
    readonly closedLoop: number;
    readonly openLoop: number;
    readonly batch: number;
  };
  /** Load of each kind that every server gets before the first rotation. */
  readonly warmUp: number;
  readonly coldStarts: number;
  /** Memory is read after each of the parts. */
  readonly memory: { readonly parts: number; readonly requestsPerPart: number };
  readonly cores: { readonly server: number; readonly load: number };
}

const FULL = {
  quick: false,
  rotations: 9,
  slice: { closedLoop: 2.5, openLoop: 5, batch: 2 },
  warmUp: 2,
  coldStarts: 7,
  memory: { parts: 4, requestsPerPart: 250_000 },
} as const;

const QUICK = {
  quick: true,
  rotations: 3,
  slice: { closedLoop: 0.8, openLoop: 1.5, batch: 0.8 },
  warmUp: 0.6,
  coldStarts: 1,
  memory: { parts: 2, requestsPerPart: 20_000 },
} as const;

/**
 * Reads BENCH_QUICK (1: a few minutes, nothing recorded under docs/) and BENCH_CORES (`server,load`, default `0,1`).
 *
 * @throws {BenchError} badCores
 */
export function readPlan(env: Readonly<Record<string, string | undefined>>, cores = cpus().length): Plan {
  const setting = env.BENCH_CORES ?? '0,1';
  const [, server, load] = /^(\d+),(\d+)$/.exec(setting) ?? [];
  const chosen = { server: Number(server), load: Number(load) };
  const usable = chosen.server < cores && chosen.load < cores && chosen.server !== chosen.load;
  if (!usable) throw errors.badCores(`BENCH_CORES=${setting}`, cores);
  return { ...(env.BENCH_QUICK === '1' ? QUICK : FULL), cores: chosen };
}
