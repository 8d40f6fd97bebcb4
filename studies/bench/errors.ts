/** The parts of an error message, in this order. */
export interface BenchProblem {
  readonly what: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

/** The benchmark cannot run, or what it measured cannot be trusted. */
export class BenchError extends Error {
  override readonly name = 'BenchError';

  constructor(readonly problem: BenchProblem) {
    const { what, got, expected, fix } = problem;
    super(`${what}\n  got:      ${got}\n  expected: ${expected}\n  fix:      ${fix}`);
  }
}

/** All errors of the load tests that a user can meet. */
export const errors = {
  noCargo: (version: string) =>
    new BenchError({
      what: 'The load generator and the Rust server are built with Rust, which is not here.',
      got: 'no `cargo` on PATH',
      expected: `cargo ${version} or later`,
      fix: 'Install Rust from https://rustup.rs, or put an installed cargo on PATH.',
    }),
  noCommit: (commit: string) =>
    new BenchError({
      what: 'The model server of an earlier commit is to be measured, too, and there is no such commit.',
      got: `BENCH_BEFORE=${commit}`,
      expected: "a commit or tag of this repository's history",
      fix: 'Name one that `git log` shows; a shallow clone has no history: `git fetch --unshallow`.',
    }),
  oldCargo: (got: string, version: string) =>
    new BenchError({
      what: 'This Rust is too old for the load generator and the Rust server.',
      got,
      expected: `cargo ${version} or later`,
      fix: 'Run `rustup update stable`.',
    }),
  noProgram: (name: string) =>
    new BenchError({
      what: `The benchmark pins processes to cores with ${name}, which is not here.`,
      got: `no \`${name}\` on PATH`,
      expected: 'taskset and setpriv, of util-linux, on Linux',
      fix: 'Install util-linux (Debian: `apt-get install util-linux`); other systems than Linux cannot run this benchmark.',
    }),
  noLibrary: (folder: string, arch: string) =>
    new BenchError({
      what: 'The Rust server needs the ONNX Runtime library that onnxruntime-node brings.',
      got: `no libonnxruntime.so.1 for linux/${arch} in ${folder}`,
      expected: 'the library of an installed onnxruntime-node, on Linux',
      fix: 'Run `npm ci`. When a new version keeps it elsewhere, correct studies/bench/servers/onnx-runtime.ts.',
    }),
  badCores: (got: string, cores: number) =>
    new BenchError({
      what: 'Server and load generator need a core each.',
      got,
      expected: `two different cores of this machine's ${cores}, such as 0,1`,
      fix: 'Set BENCH_CORES=server,load, or use a machine with at least two cores.',
    }),
  serverEnded: (title: string, output: string) =>
    new BenchError({
      what: `${title} ended before it was ready.`,
      got: output === '' ? 'no output' : output,
      expected: 'a server that answers GET /v2/health/ready with 200',
      fix: 'Read the lines above; its whole output is in .mlops/bench/logs.',
    }),
  serverNotReady: (title: string, seconds: number, output: string) =>
    new BenchError({
      what: `${title} was not ready in time.`,
      got: output === '' ? 'no output' : output,
      expected: `200 from GET /v2/health/ready within ${seconds} s`,
      fix: 'Read the lines above; its whole output is in .mlops/bench/logs.',
    }),
  wrongScores: (title: string, got: string, tolerance: number) =>
    new BenchError({
      what: `${title} does not answer as the model does, so its speed means nothing.`,
      got,
      expected: `the scores of ONNX Runtime, each within ${tolerance}`,
      fix: 'Correct that server under studies/bench/servers before you measure.',
    }),
  failedRequests: (title: string, got: string) =>
    new BenchError({
      what: `Requests to ${title} failed under load, so its figures mean nothing.`,
      got,
      expected: 'status 200 for every request',
      fix: 'See its output in .mlops/bench/logs; correct the server or its limits.',
    }),
  unreadableResult: (got: string) =>
    new BenchError({
      what: 'The load generator wrote something else than its result.',
      got,
      expected: 'the JSON of `oha --output-format json`',
      fix: 'The version of oha in studies/bench/load-generator.ts and the fields that studies/bench/load.ts reads must agree.',
    }),
};
