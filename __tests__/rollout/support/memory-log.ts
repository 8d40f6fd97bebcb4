import { RowsRefused, type LabelledRow, type ReplayPorts } from '../../../rollout/replay/ports';

/** A log in memory: rows of one feature, `score`. The champion decides from 0.5 on. */
export class MemoryLog {
  /** What each version was asked, in order. */
  readonly asked: { readonly version: string; readonly rows: number }[] = [];
  /** Called before anything is read or scored; throws to make it fail. */
  before: (operation: 'labelled' | 'newest' | 'decide') => void = () => undefined;

  constructor(
    readonly rows: readonly { readonly score: number; readonly label: boolean }[],
    readonly candidateDecides: (score: number) => boolean,
  ) {}

  ports(): ReplayPorts {
    const all: readonly LabelledRow[] = this.rows.map(({ score, label }) => ({
      features: { score },
      label,
      decision: score >= 0.5,
    }));
    return {
      log: {
        labelled: async ({ label, most }) => {
          this.before('labelled');
          return Promise.resolve(all.filter((row) => row.label === label).slice(0, most));
        },
        newest: async (_model, most) => {
          this.before('newest');
          return Promise.resolve(all.slice(0, most).map(({ features }) => features));
        },
      },
      decide: async (_model, version, rows) => {
        this.before('decide');
        this.asked.push({ version, rows: rows.length });
        return Promise.resolve(rows.map(({ score }) => this.candidateDecides(Number(score))));
      },
    };
  }
}

/** Scores of positives and negatives, evenly spread; the champion misses a fifth of the positives. */
export function rowsOf(positives: number, negatives: number): { score: number; label: boolean }[] {
  const spread = (count: number, from: number, to: number) =>
    Array.from({ length: count }, (_, at) => from + ((to - from) * at) / count);
  return [
    ...spread(positives, 0.375, 1).map((score) => ({ score, label: true })),
    ...spread(negatives, 0, 0.52).map((score) => ({ score, label: false })),
  ];
}

export const refusing = (message: string) => (operation: string) => {
  if (operation === 'decide') throw new RowsRefused(message);
};
