import { withClusterSection } from '../recorder/delivery';
import { originInWords, originOf } from '../recorder/origin';
import { readResult, RESULTS, table, writeResult } from '../recorder/results';
import { upperBound } from './bounds';
import { SAME } from './candidates';
import { PLAN, type Outcome } from './simulate';

const AIMS: Readonly<Record<string, string>> = {
  aa_runs: '≥ 2,000',
  aa_false_rollbacks: '≤ 12',
  aa_false_rollbacks_upper: '≤ 0.01',
  worse_runs: '≥ 3,000',
  worse_promoted: '0',
};

/** Records what became of simulated rollouts in delivery.{json,md}; figures that others measured stay. */
export function record(outcomes: readonly Outcome[], folder = RESULTS): Readonly<Record<string, number>> {
  const same = outcomes.filter(({ kind }) => kind === SAME.name);
  const worse = outcomes.filter(({ kind }) => kind !== SAME.name);
  const back = same.filter(({ end }) => end === 'rolled back').length;
  const promoted = worse.filter((each) => each.promoted).length;
  const decided = outcomes.filter(({ end }) => end !== 'undecided');
  const figures = {
    aa_runs: same.length,
    aa_false_rollbacks: back,
    aa_false_rollbacks_upper: rounded(upperBound(back, same.length)),
    aa_passed: same.filter(({ end }) => end === 'passed').length,
    worse_runs: worse.length,
    worse_promoted: promoted,
    worse_promoted_upper: rounded(upperBound(promoted, worse.length)),
    worse_rolled_back: worse.filter(({ end }) => end === 'rolled back').length,
    requests_to_verdict: mean(decided.map(({ requests }) => requests)),
  };
  const kinds = [...new Set(outcomes.map(({ kind }) => kind))].map((kind) =>
    rowOf(
      kind,
      outcomes.filter((each) => each.kind === kind),
    ),
  );
  const origin = originOf('make delivery-study');
  const { margins, risk, decisionRateFactor, leastRequests, steps } = PLAN;
  const page = `# Progressive delivery

${originInWords(origin)}
Simulated rollouts of the pure core (\`rollout/canary/decide.ts\`): 20 to 200 requests a second, 0 to 0.2 % of them fail and
0.05 to 1 % are slow with either version, and now and then 5 % more fail for five minutes. Weights
${steps.join(', ')} %, at least ${String(leastRequests)} canary requests at each; margins: errors ${String(margins.errors)}, slow ${String(margins.slow)}, positives missed ${String(margins.missed)}, false alarms ${String(margins.falseAlarms)}; decision rate within a factor of ${String(decisionRateFactor)}; risk ${String(risk)}.
0.1 to 2 % of the requests are decided positive, by a candidate half to twice as many.
Upper bounds are one-sided 95 % (Clopper & Pearson). Decisions on logged rows are those of six weeks with 80 positives a day;
the platform judges them before a canary's first request (ADR 341), here they are judged with the others.

${table(
  ['figure', 'value', 'aim'],
  Object.entries(figures).map(([name, value]) => [name, value, AIMS[name] ?? '–']),
)}

${table(
  [
    'candidate',
    'runs',
    'rolled back',
    'promoted',
    'upper bound',
    'mean requests to verdict',
    'mean minutes',
    'found by',
  ],
  kinds.map((each) => Object.values(each)),
)}
`;
  const former = readResult('delivery', folder);
  const content = { ...former, ...origin, ...figures, aims: AIMS, by_candidate: kinds };
  writeResult('delivery', content, withClusterSection(page, content), folder);
  return figures;
}

function rowOf(candidate: string, runs: readonly Outcome[]) {
  const back = runs.filter(({ end }) => end === 'rolled back');
  const promoted = runs.filter((each) => each.promoted).length;
  const reasons = new Map<string, number>();
  for (const { reason } of back) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const decided = runs.filter(({ end }) => end !== 'undecided');
  return {
    candidate,
    runs: runs.length,
    rolled_back: back.length,
    promoted,
    // Of what must not happen to this candidate.
    upper_bound: rounded(upperBound(candidate === SAME.name ? back.length : promoted, runs.length)),
    requests: mean(decided.map(({ requests }) => requests)),
    minutes: mean(decided.map(({ minutes }) => minutes)),
    found_by: [...reasons].map(([reason, count]) => `${reason} ${String(count)}`).join(', ') || '–',
  };
}

function mean(values: readonly number[]): number {
  const sum = values.reduce((all, each) => all + each, 0);
  return values.length === 0 ? 0 : Math.round((10 * sum) / values.length) / 10;
}

function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
