/** Labelled predictions that agree in all of this. */
export interface LabelledCount {
  readonly version: string;
  readonly bin: number;
  readonly decision: boolean;
  readonly label: boolean;
  readonly alerted: boolean;
  readonly count: number;
  readonly scoreSum: number;
}

/** Predictions, labelled or not. */
export interface PredictedCount {
  readonly version: string;
  readonly bin: number;
  readonly decision: boolean;
  readonly count: number;
  readonly scoreSum: number;
}
