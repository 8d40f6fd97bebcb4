import { StartError, reasonText, show } from '../errors';
import type { Feature } from './features';

/** The only supported layout of `reference.json`. */
const FORMAT = 1;

/** Every bin adds two series to every scrape. */
const MAX_EDGES = 63;

/** Tolerance for the sum of a histogram's shares, which are rounded one by one. */
const TOLERANCE = 1e-6;

/** The distribution of one quantity over the rows that the model was evaluated on. */
export interface ReferenceHistogram {
  /** Ascending; bin i holds edges[i-1] < value ≤ edges[i], the outer bins are open. */
  readonly edges: Float32Array;
  /** Share of each bin, one more than edges. */
  readonly shares: readonly number[];
  /** Share of rows without a value. */
  readonly missing: number;
  /** Factor by which PSI without drift exceeds that of independent rows; unknown in older packages. */
  readonly noiseFactor?: number;
}

/** A validated `reference.json`: the reference for drift. */
export interface Reference {
  readonly rows: number;
  /** In the order of the model's features. */
  readonly features: readonly ReferenceHistogram[];
  /** Present if the model has a score. */
  readonly score: ReferenceHistogram | undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Checks the text of a `reference.json` against the metadata of its model.
 *
 * @throws {StartError} `reference-invalid`, with the path, the value and what was expected.
 */
export function parseReference(
  text: string,
  { features, score }: { readonly features: readonly Feature[]; readonly score: object | undefined },
): Reference {
  const root = object('the file', parse(text));
  if (root.format !== FORMAT) throw invalid('format', show(root.format), String(FORMAT));
  const { rows } = root;
  if (!Number.isSafeInteger(rows) || (rows as number) < 1)
    throw invalid('rows', show(rows), 'a whole number, 1 or more');
  const described = object('features', root.features);
  const names = new Set(features.map(({ name }) => name));
  for (const name of Object.keys(described))
    if (!names.has(name))
      throw invalid(`features.${name}`, 'an unknown feature', 'the features of model.json');
  return {
    rows: rows as number,
    features: features.map(({ name }) =>
      histogram(`features.${name}`, Object.hasOwn(described, name) ? described[name] : undefined),
    ),
    score: score === undefined ? undefined : histogram('score', root.score),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid('the file', reasonText(error), 'JSON');
  }
}

function histogram(path: string, value: unknown): ReferenceHistogram {
  const { edges, shares, missing = 0, noise_factor: noiseFactor } = object(path, value);
  const checkedEdges = numbers(`${path}.edges`, edges, isFloat32, 'a finite float32 number');
  const checkedShares = numbers(`${path}.shares`, shares, isShare, 'a number from 0 to 1');
  if (!isShare(missing)) throw invalid(`${path}.missing`, show(missing), 'a number from 0 to 1');
  if (noiseFactor !== undefined && !isNoiseFactor(noiseFactor))
    throw invalid(`${path}.noise_factor`, show(noiseFactor), 'a finite number, 1 or more');
  if (checkedEdges.length > MAX_EDGES)
    throw invalid(`${path}.edges`, `${checkedEdges.length} edges`, `at most ${MAX_EDGES}`);
  checkedEdges.forEach((edge, index) => {
    const before = checkedEdges[index - 1] ?? -Infinity;
    if (edge <= before)
      throw invalid(`${path}.edges[${index}]`, show(edge), `more than ${before}, the edge before`);
  });
  if (checkedShares.length !== checkedEdges.length + 1)
    throw invalid(
      `${path}.shares`,
      `${checkedShares.length} shares`,
      `${checkedEdges.length + 1}, one more than edges`,
    );
  const sum = checkedShares.reduce((total, share) => total + share, missing);
  if (Math.abs(sum - 1) > TOLERANCE)
    throw invalid(`${path}.shares`, `a sum of ${sum}`, '1, with missing if it is given');
  return {
    edges: Float32Array.from(checkedEdges),
    shares: checkedShares,
    missing,
    ...(noiseFactor === undefined ? {} : { noiseFactor }),
  };
}

function numbers(
  path: string,
  value: unknown,
  accepts: (element: unknown) => element is number,
  expected: string,
): number[] {
  if (!Array.isArray(value)) throw invalid(path, show(value), 'an array');
  return value.map((element: unknown, index) => {
    if (!accepts(element)) throw invalid(`${path}[${index}]`, show(element), expected);
    return element;
  });
}

function isFloat32(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.fround(value) === value;
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function isNoiseFactor(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 1;
}

function object(path: string, value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, show(value), 'an object');
  return value as JsonObject;
}

function invalid(path: string, got: string, expected: string): StartError {
  return new StartError('reference-invalid', {
    what: `reference.json: ${path} is not valid`,
    got,
    expected,
    fix: 'Package the model again; reference.json is written by the pipeline, not by hand.',
  });
}
