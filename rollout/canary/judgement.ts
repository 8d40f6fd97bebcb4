import {
  LIVE_GATE,
  PAIRED_GATE,
  type Canary,
  type CanaryPlan,
  type Gate,
  type GateRecord,
  type LiveGate,
  type LiveTallies,
  type PairedTally,
  type Replay,
  type SplitTally,
  type Verdict,
} from '../../contracts/canary';
import { judgePaired, judgeSplit, overall, timesMore, type Finding } from '../verdict/judge';
import type { Both, Evidence } from './evidence';
import { weightOf } from './weight';

/** What one gate says, and how much more is needed where it is not enough. */
export interface GateReport extends GateRecord {
  readonly margin: number;
  readonly logE: number;
  readonly bar: number;
  readonly worstCase: number;
  /** Requests, or rows, of the candidate with which it would be enough, if it went on as so far. */
  readonly needed: () => number | undefined;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly gates: readonly GateReport[];
}

/** Of each test: gates share the risk among themselves and with the checks of scores and decisions. */
export function alphaOf({ risk, margins }: CanaryPlan): number {
  return risk / (Object.keys(margins).length + 1);
}

/** Every gate of the plan, judged. */
export function judge(canary: Canary, evidence: Evidence): Judgement {
  const alpha = alphaOf(canary.plan);
  const gates = Object.entries(canary.plan.margins).map(([gate, margin]) =>
    report(gate as Gate, margin, judgeGate(canary, evidence, gate as Gate, margin, alpha)),
  );
  return { verdict: overall(gates.map(({ verdict }) => verdict)), gates };
}

type Judge = (times: number) => Finding;

function judgeGate(canary: Canary, evidence: Evidence, gate: Gate, margin: number, alpha: number): Judge {
  if (!isLive(gate))
    return judgeTally(evidence.paired?.[gate] ?? canary.replay?.tallies[gate], margin, alpha);
  const both = evidence.live[gate];
  const scaled = ({ requests, events }: Both['candidate'], times: number) => ({
    requests: requests * times,
    events: events * times,
  });
  const weight = weightOf(canary);
  const past = canary.past.map((each) => each[gate]);
  return (times) =>
    judgeSplit(
      [...past, { weight, canary: scaled(both.candidate, times), champion: scaled(both.champion, times) }],
      margin,
      alpha,
    );
}

function judgeTally(tally: PairedTally = NO_ROWS, margin: number, alpha: number): Judge {
  const { rows, candidateWrong, championWrong } = tally;
  return (times) =>
    judgePaired(
      { rows: rows * times, candidateWrong: candidateWrong * times, championWrong: championWrong * times },
      margin,
      alpha,
    );
}

/**
 * The paired gates of a plan by the prediction log alone, before a client sees the version. What a gate finds here it finds
 * in the canary again, with the same part of the risk.
 */
export function judgeReplay(plan: CanaryPlan, { tallies }: Replay): Judgement {
  const alpha = alphaOf(plan);
  const gates = PAIRED_GATE.flatMap((gate) => {
    const margin = plan.margins[gate];
    return margin === undefined ? [] : [report(gate, margin, judgeTally(tallies[gate], margin, alpha))];
  });
  return { verdict: overall(gates.map(({ verdict }) => verdict)), gates };
}

const NO_ROWS = { rows: 0, candidateWrong: 0, championWrong: 0 };

function isLive(gate: Gate): gate is LiveGate {
  return (LIVE_GATE as readonly string[]).includes(gate);
}

function report(gate: Gate, margin: number, judgeTimes: Judge): GateReport {
  const found = judgeTimes(1);
  const needed = () => {
    const times = found.verdict === 'not-enough-evidence' ? timesMore(judgeTimes) : 1;
    return times === undefined ? undefined : Math.ceil(found.candidate.requests * times);
  };
  return { gate, margin, ...found, needed };
}

/** The counts of this weight, to be kept when it ends. */
export function talliesOf(canary: Canary, { live, decisions }: Evidence): LiveTallies {
  const tally = (both: Both) => splitTally(canary, both);
  return {
    errors: tally(live.errors),
    slow: tally(live.slow),
    ...(decisions === undefined ? {} : { decisions: tally(decisions) }),
  };
}

/** Counts of the canary's present weight. */
export function splitTally(canary: Canary, { candidate, champion }: Both): SplitTally {
  return { weight: weightOf(canary), canary: candidate, champion };
}
