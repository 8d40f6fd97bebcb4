/** Cases of a run that is recorded. */
export const FULL_CASES = 20_000;

/** Cases of the pipeline in a run that is recorded. */
export const FULL_PIPELINE_CASES = 2_400;

/** Operations that score: their bodies are where a mistake would be. */
const SCORING = ['infer', 'inferVersion', 'predict'];
/** How many times the cases of another operation a scoring one gets. */
const SCORING_WEIGHT = 8;

export interface Plan {
  /** At least so many are sent. */
  readonly cases: number;
  readonly seed: number;
}

/** One process of schemathesis: it keeps about one core busy. */
export interface Shard {
  readonly name: string;
  /** Operation ids. */
  readonly operations: readonly string[];
  readonly casesPerOperation: number;
}

/** @throws {Error} FUZZ_CASES or FUZZ_SEED that is no whole number. */
export function readPlan(env: Readonly<Record<string, string | undefined>>): Plan {
  return {
    cases: wholeNumber(env, 'FUZZ_CASES', FULL_CASES, 1),
    seed: wholeNumber(env, 'FUZZ_SEED', Math.floor(Math.random() * 2 ** 31), 0),
  };
}

/** @throws {Error} FUZZ_PIPELINE_CASES or FUZZ_SEED that is no whole number. */
export function readPipelinePlan(env: Readonly<Record<string, string | undefined>>): Plan {
  return { ...readPlan(env), cases: wholeNumber(env, 'FUZZ_PIPELINE_CASES', FULL_PIPELINE_CASES, 1) };
}

/** Shares the cases out, so that two processes at a time keep two cores busy to the end. */
export function shardsOf(operations: readonly string[], cases: number): readonly Shard[] {
  const scoring = operations.filter((id) => SCORING.includes(id));
  const others = operations.filter((id) => !SCORING.includes(id));
  const unit = cases / (scoring.length * SCORING_WEIGHT + others.length);
  const perScoring = Math.ceil(unit * SCORING_WEIGHT);
  return [
    ...scoring.map((id) => ({ name: id, operations: [id], casesPerOperation: perScoring })),
    { name: 'others', operations: others, casesPerOperation: Math.ceil(unit) },
  ];
}

function wholeNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
  least: number,
): number {
  const given = env[name];
  if (given === undefined || given === '') return fallback;
  if (/^\d{1,15}$/.test(given) && Number(given) >= least) return Number(given);
  throw new Error(
    `${name}: got ${JSON.stringify(given)}, expected a whole number, ${least} or more. Leave it out for ${fallback}.`,
  );
}
