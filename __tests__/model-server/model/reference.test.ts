import { describe, expect, it } from '@jest/globals';

import { StartError } from '../../../model-server/src/errors';
import type { Feature } from '../../../model-server/src/model/features';
import { parseReference } from '../../../model-server/src/model/reference';
import type { Reference } from '../../../model-server/src/model/reference';

const FEATURES: readonly Feature[] = [
  { name: 'amount', type: 'number', nullable: true, min: 0, max: Infinity, integer: false },
  { name: 'channel', type: 'category', nullable: false, categories: ['web', 'pos'] },
];

const AMOUNT = { edges: [1.5, 20], shares: [0.25, 0.5, 0.25] };
const CHANNEL = { edges: [0], shares: [0.4, 0.6] };
const SCORE = { edges: [0.5], shares: [0.9, 0.1] };
const REFERENCE = {
  format: 1,
  rows: 200,
  features: { channel: CHANNEL, amount: AMOUNT },
  score: SCORE,
};

function parse(reference: unknown, score: object | undefined = {}): Reference {
  return parseReference(JSON.stringify(reference), { features: FEATURES, score });
}

function refusal(parsed: () => unknown): StartError {
  try {
    parsed();
  } catch (error) {
    if (error instanceof StartError) return error;
  }
  throw new Error('it was not refused by name');
}

function withAmount(changes: Record<string, unknown>): unknown {
  return { ...REFERENCE, features: { channel: CHANNEL, amount: { ...AMOUNT, ...changes } } };
}

describe('reference.json', () => {
  it('is read in the model’s order, whatever its own', () => {
    const { rows, features } = parse(REFERENCE);
    expect(rows).toBe(200);
    expect(features).toEqual([
      { edges: Float32Array.of(1.5, 20), shares: [0.25, 0.5, 0.25], missing: 0 },
      { edges: Float32Array.of(0), shares: [0.4, 0.6], missing: 0 },
    ]);
  });

  it('may state the share of missing values', () => {
    const { features } = parse(withAmount({ shares: [0.25, 0.25, 0.25], missing: 0.25, noise_factor: 2.5 }));
    expect(features[0]?.noiseFactor).toBe(2.5);
    expect(features[1]).not.toHaveProperty('noiseFactor');
    expect(features[0]?.missing).toBe(0.25);
  });

  it('may have a single bin', () => {
    const { features } = parse(withAmount({ edges: [], shares: [1] }));
    expect(features[0]?.edges).toEqual(new Float32Array(0));
  });

  it('may have individually rounded shares', () => {
    const { features } = parse(withAmount({ shares: [1 / 3, 1 / 3, 0.3333333] }));
    expect(features[0]?.shares).toHaveLength(3);
  });

  it('needs no score for a model without one', () => {
    const { score } = parseReference(JSON.stringify({ ...REFERENCE, score: undefined }), {
      features: FEATURES,
      score: undefined,
    });
    expect(score).toBeUndefined();
  });

  it.each([
    ['no object', []],
    ['another format', { ...REFERENCE, format: 2 }],
    ['no format', { ...REFERENCE, format: undefined }],
    ['no rows', { ...REFERENCE, rows: undefined }],
    ['zero rows', { ...REFERENCE, rows: 0 }],
    ['half a row', { ...REFERENCE, rows: 0.5 }],
    ['no features', { ...REFERENCE, features: undefined }],
    ['a feature less than the model', { ...REFERENCE, features: { amount: AMOUNT } }],
    ['a feature more than the model', { ...REFERENCE, features: { ...REFERENCE.features, age: AMOUNT } }],
    ['no score', { ...REFERENCE, score: undefined }],
    ['a histogram that is an array', { ...REFERENCE, score: [0.9, 0.1] }],
    ['no edges', withAmount({ edges: undefined })],
    ['no shares', withAmount({ shares: undefined })],
    ['an edge that is a text', withAmount({ edges: ['1.5', 20] })],
    ['an edge that is null, as an infinite one is written', withAmount({ edges: [1.5, null] })],
    ['an edge that is no float32', withAmount({ edges: [0.1, 20] })],
    ['an edge beyond float32', withAmount({ edges: [1.5, 1e39] })],
    ['edges that descend', withAmount({ edges: [20, 1.5] })],
    ['the same edge twice', withAmount({ edges: [20, 20] })],
    ['zero and negative zero as two edges', withAmount({ edges: [-0, 0] })],
    ['as many shares as edges', withAmount({ shares: [0.5, 0.5] })],
    ['a share below 0', withAmount({ shares: [-0.25, 0.5, 0.75] })],
    ['a share above 1', withAmount({ shares: [1.5, 0, 0] })],
    ['shares that do not fill 1', withAmount({ shares: [0.25, 0.5, 0.2] })],
    ['shares that fill 1 before missing is added', withAmount({ missing: 0.1 })],
    ['a noise factor below 1', withAmount({ noise_factor: 0.5 })],
    ['a noise factor that is no number', withAmount({ noise_factor: '2' })],
    ['a missing share that is a text', withAmount({ missing: '0' })],
    [
      'more bins than a scrape can bear',
      withAmount({
        edges: Array.from({ length: 64 }, (_, i) => i),
        shares: [1, ...Array<number>(64).fill(0)],
      }),
    ],
  ])('is refused with %s', (_case, reference) => {
    expect(refusal(() => parse(reference)).reason).toBe('reference-invalid');
  });

  it('is refused wherever it is cut off', () => {
    const text = JSON.stringify(REFERENCE);
    for (let length = 0; length < text.length; length++) {
      const error = refusal(() => parseReference(text.slice(0, length), { features: FEATURES, score: {} }));
      expect(error.reason).toBe('reference-invalid');
    }
  });

  it('is refused with path, value and expectation', () => {
    expect(refusal(() => parse(withAmount({ edges: [20, 1.5] }))).message).toMatchInlineSnapshot(
      `"reference.json: features.amount.edges[1] is not valid: got 1.5, expected more than 20, the edge before. Package the model again; reference.json is written by the pipeline, not by hand."`,
    );
  });
});
