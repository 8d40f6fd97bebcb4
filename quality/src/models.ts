import { QUALITY_MEASURE } from '../../contracts/metrics';

export type Measure = (typeof QUALITY_MEASURE)[number];

/** What the exporter has to know of a model. */
export interface QualityModel {
  readonly name: string;
  /** Days after which the label of a prediction should have arrived. */
  readonly labelDays: number;
  /** Least values that registration asks for. */
  readonly gates: Readonly<Partial<Record<Measure, number>>>;
}

export function isMeasure(text: string): text is Measure {
  return (QUALITY_MEASURE as readonly string[]).includes(text);
}
