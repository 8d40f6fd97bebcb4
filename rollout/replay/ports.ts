/** A row of the prediction log whose label is known, and old enough not to change. */
export interface LabelledRow {
  /** By name, as the model server takes them. */
  readonly features: Readonly<Record<string, unknown>>;
  readonly label: boolean;
  /** What the champion decided. */
  readonly decision: boolean;
}

export interface LogQuestion {
  readonly model: string;
  readonly champion: string;
  readonly label: boolean;
  /** Most rows; the newest first. */
  readonly most: number;
}

/** The prediction log, and the labels that belong to it. */
export interface PredictionLog {
  labelled(question: LogQuestion): Promise<readonly LabelledRow[]>;
  /** Features of the newest predictions of any version. */
  newest(model: string, most: number): Promise<readonly LabelledRow['features'][]>;
}

/**
 * Asks a version that has no traffic, so that neither the log nor any metric keeps the answers.
 * @returns a decision per row
 * @throws RowsRefused when it cannot score such rows
 */
export type Decide = (
  model: string,
  version: string,
  rows: readonly LabelledRow['features'][],
) => Promise<readonly boolean[]>;

/** A version takes other features than those of the log. */
export class RowsRefused extends Error {
  override readonly name = 'RowsRefused';
}

export interface ReplayPorts {
  readonly log: PredictionLog;
  readonly decide: Decide;
}
