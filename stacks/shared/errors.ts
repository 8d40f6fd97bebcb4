/** The parts of an infrastructure error, in this order. */
export interface Problem {
  /** The file to change. */
  readonly file: string;
  /** Path in the file, e.g. `ports.gateway`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, in one clause. */
  readonly what: string;
  /** The value found; `undefined` when there is none. */
  readonly got?: unknown;
  readonly expected: string;
  readonly fix: string;
}

/** platform.yaml, or the file that MLOPS_CONFIG names, cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(describe).join('\n\n'));
  }
}

/** A chart folder cannot be released. */
export class ChartError extends Error {
  override readonly name = 'ChartError';

  constructor(readonly problem: Problem) {
    super(describe(problem));
  }
}

function describe(problem: Problem): string {
  const place = problem.path === '' ? problem.file : `${problem.file}: ${problem.path}`;
  return [
    `${place} ${problem.what}`,
    ...(problem.got === undefined ? [] : [`  got:      ${JSON.stringify(problem.got)}`]),
    `  expected: ${problem.expected}`,
    `  fix:      ${problem.fix}`,
  ].join('\n');
}
