import { show } from '../errors';

/** A package's provenance. */
export type DataEnd =
  /** Unix time: no later data was used for training or test. */
  | { readonly seconds: number }
  /** Why it is unknown. The model is served all the same. */
  | { readonly unknown: string };

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** End of a model's data, `dataset.to` of its `lineage.json`: a UTC day (exclusive) or a time. */
export function dataEndOf(text: string): DataEnd {
  let lineage: unknown;
  try {
    lineage = JSON.parse(text);
  } catch {
    return { unknown: 'lineage.json is not JSON' };
  }
  const to = field(field(lineage, 'dataset'), 'to');
  if (to === undefined) return { unknown: 'lineage.json has no dataset.to' };
  const seconds = typeof to === 'string' && (DAY.test(to) || TIME.test(to)) ? Date.parse(to) / 1000 : NaN;
  if (Number.isFinite(seconds)) return { seconds };
  return { unknown: `lineage.json: dataset.to is ${show(to)}, expected a date such as 2026-03-01` };
}

function field(value: unknown, key: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
  return isObject ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
