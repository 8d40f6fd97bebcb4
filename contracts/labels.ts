/** A label as it is sent: what a prediction turned out to be. */
export interface Label {
  /** As the caller was told; of a row in a batch the whole id, or the request id beside `row`. */
  readonly prediction_id: string;
  /** Position in the request, from 0. */
  readonly row?: number;
  readonly label: boolean;
  /** Who says so; `alert`: somebody looked at the row because it raised an alert. */
  readonly source: string;
  /** ISO 8601 with a time zone: narrows the search. */
  readonly predicted_at?: string;
}

/** Most labels, and bytes, of one request to the labels service. */
export const LABELS_LIMIT = { labels: 5_000, bytes: 2 * 1024 * 1024 } as const;

/** What has become of a label; `waiting`: it was not looked at yet. */
export const LABEL_OUTCOME = [
  'waiting',
  'joined',
  'unknown',
  'duplicate',
  'contradicting',
  'future',
  'other_model',
  'expired',
] as const;
export type LabelOutcomeName = (typeof LABEL_OUTCOME)[number];

/** What the labels service answers to labels that it stored. */
export interface LabelsAccepted {
  readonly accepted: number;
  /** Asks later what has become of them: GET …/labels/RECEIPT answers {@link LabelOutcomes}. */
  readonly receipt: string;
}

/** Labels of a receipt by outcome; only those above zero. */
export interface LabelOutcomes {
  readonly outcomes: Readonly<Partial<Record<LabelOutcomeName, number>>>;
}

/** What is wrong with a value that was given as a label. */
export interface LabelProblem {
  readonly field: string;
  readonly got: string;
  readonly expected: string;
}

const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const MAX_ROW = 2 ** 31 - 1;
const FIELDS = ['prediction_id', 'row', 'label', 'source', 'predicted_at'];

/** A label, or what keeps the value from being one. */
export function readLabel(value: unknown): { readonly label: Label } | { readonly problem: LabelProblem } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return wrong('label', value, 'an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) return wrong(unknown, fields[unknown], `only ${FIELDS.join(', ')}`);
  const { prediction_id, row, label, source, predicted_at } = fields;
  if (typeof prediction_id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(prediction_id))
    return wrong('prediction_id', prediction_id, '1 to 200 printable ASCII characters without spaces');
  if (row !== undefined && !(Number.isInteger(row) && Number(row) >= 0 && Number(row) <= MAX_ROW))
    return wrong('row', row, 'a whole number from 0, or nothing');
  if (label !== true && label !== false && label !== 0 && label !== 1)
    return wrong('label', label, '0, 1, true or false');
  if (typeof source !== 'string' || !/^[a-z][a-z0-9_-]{0,31}$/.test(source))
    return wrong('source', source, 'a word such as chargeback: 1 to 32 of a-z, 0-9, - and _, a letter first');
  if (
    predicted_at !== undefined &&
    !(typeof predicted_at === 'string' && ZONED.test(predicted_at) && !Number.isNaN(Date.parse(predicted_at)))
  )
    return wrong(
      'predicted_at',
      predicted_at,
      'a time with its zone such as 2026-03-01T12:00:00Z, or nothing',
    );
  return {
    label: {
      prediction_id,
      label: label === true || label === 1,
      source,
      ...(row === undefined ? {} : { row: Number(row) }),
      ...(predicted_at === undefined ? {} : { predicted_at }),
    },
  };
}

function wrong(field: string, got: unknown, expected: string): { problem: LabelProblem } {
  const text = got === undefined ? 'nothing' : JSON.stringify(got);
  return { problem: { field, got: text.length > 100 ? `${text.slice(0, 100)}…` : text, expected } };
}
