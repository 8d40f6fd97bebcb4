import { DRIFT_STATE } from '../../../monitoring/queries/drift';
import { finite, type Answers } from './quality';

const STATE = {
  drifting: 'drifting',
  quiet: 'quiet',
  noNoiseFactor: 'no noise factor',
  tooFewRows: 'not enough evidence',
  windowNotFull: 'not a whole week yet',
  noReference: 'no reference',
} as const satisfies Record<keyof typeof DRIFT_STATE, string>;

/** The first that any series has is that of the version. */
const ORDER = [
  'drifting',
  'quiet',
  'noNoiseFactor',
  'tooFewRows',
  'windowNotFull',
  'noReference',
] as const satisfies readonly (keyof typeof DRIFT_STATE)[];

export interface DriftHealth {
  /** `no figures`: nothing was judged in the last hour. */
  readonly state: (typeof STATE)[keyof typeof STATE] | 'no figures';
  /** Features, and the score, that are watched. */
  readonly series: number;
  /** Those that could be judged. */
  readonly judged: number;
  readonly inAlarm: readonly string[];
  /** The one that is closest to its threshold, or furthest above. */
  readonly worst: {
    readonly series: string;
    readonly psi: number;
    readonly threshold: number;
    readonly ratio: number;
    readonly rows: number | null;
  } | null;
}

export function driftOf(answers: Answers, version: string): DriftHealth {
  const ofVersion = (samples: Answers['psi']) => samples.filter(({ labels }) => labels.version === version);
  const states = ofVersion(answers.driftState);
  const having = (name: keyof typeof DRIFT_STATE) =>
    states.filter(({ value }) => value === DRIFT_STATE[name]);
  const first = ORDER.find((name) => having(name).length > 0);
  const ratios = ofVersion(answers.psi).flatMap(({ labels, value: psi }) => {
    const feature = labels.feature ?? '';
    const of = (samples: Answers['psi']) => finite(samples, { version, feature });
    const threshold = of(answers.threshold);
    if (threshold === null || threshold <= 0 || !Number.isFinite(psi)) return [];
    return [{ series: nameOf(feature), psi, threshold, ratio: psi / threshold, rows: of(answers.driftRows) }];
  });
  return {
    state: first === undefined ? 'no figures' : STATE[first],
    series: states.length,
    judged: having('drifting').length + having('quiet').length,
    inAlarm: having('drifting').map(({ labels }) => nameOf(labels.feature ?? '')),
    worst: ratios.toSorted((a, b) => b.ratio - a.ratio)[0] ?? null,
  };
}

/** Series of the score have no label `feature`. */
function nameOf(feature: string): string {
  return feature === '' ? 'score' : feature;
}
