import { describe, expect, it } from '@jest/globals';
import { layersOf, type Observed } from '../../../cli/src/diff/layers';
import { deployed, image, MODEL } from '../../rollout/support/memory-ports';

const pod = (version: string, more: Partial<Observed['pods'][number]> = {}) => ({
  version,
  image: image(version),
  isReady: true,
  ...more,
});

/** Version 2 serves, 1 stands by, and everybody agrees. */
const AGREED: Observed = {
  state: deployed('1', '2'),
  gateway: ['a', 'b'].map((name) => ({ pod: name, config: { models: { [MODEL]: { '2': 100, '1': 0 } } } })),
  pods: [pod('2'), pod('2'), pod('1')],
  champion: { version: '2' },
};

const differences = (observed: Partial<Observed>) =>
  layersOf(MODEL, { ...AGREED, ...observed })
    .filter(({ agrees }) => !agrees)
    .map(({ layer, wanted, got }) => `${layer}: ${got}, not ${wanted}`);

describe('the layers of a model', () => {
  it('agree with the list where nothing differs', () => {
    expect(differences({})).toEqual([]);
    expect(layersOf(MODEL, AGREED).map(({ layer }) => layer)).toEqual([
      'gateway a',
      'gateway b',
      'pods of version 2',
      'pods of version 1',
      'MLflow champion',
    ]);
  });

  it.each<[string, Partial<Observed>, string]>([
    [
      'a gateway pod that splits by other weights',
      { gateway: [{ pod: 'a', config: { models: { [MODEL]: { '2': 95, '1': 5 } } } }] },
      'gateway a: version 2 95 %, version 1 5 %, not version 2 100 %',
    ],
    [
      'a gateway pod that refuses the list',
      { gateway: [{ pod: 'a', config: { models: {}, refused: { '*': 'it is not JSON' } } }] },
      'gateway a: refuses the list: it is not JSON, not version 2 100 %',
    ],
    [
      'a gateway pod that does not answer',
      { gateway: [{ pod: 'a', config: undefined }] },
      'gateway a: no answer, not version 2 100 %',
    ],
    ['a gateway without pods', { gateway: [] }, 'gateway: no running pod, not version 2 100 %'],
    [
      'a pod of another image',
      { pods: [pod('2', { image: 'other@sha256:0' }), pod('1')] },
      `pods of version 2: 1 pods of other@sha256:0, not ready, of ${image('2')}`,
    ],
    [
      'a pod that is not ready',
      { pods: [pod('2'), pod('2', { isReady: false }), pod('1')] },
      `pods of version 2: 1 of 2 pods ready, not ready, of ${image('2')}`,
    ],
    [
      'a listed version without pods',
      { pods: [pod('2')] },
      `pods of version 1: 0 of 0 pods ready, not ready, of ${image('1')}`,
    ],
    [
      'pods of a version that is not listed',
      { pods: [...AGREED.pods, pod('7')] },
      'pods of version 7: 1 pods, not none: it is not listed',
    ],
    ['an alias that is behind', { champion: { version: '1' } }, 'MLflow champion: 1, not 2'],
    [
      'an MLflow that does not answer',
      { champion: { unknown: 'refused' } },
      'MLflow champion: refused, not 2',
    ],
  ])('differ by %s, and nothing else', (_, observed, difference) => {
    expect(differences(observed)).toEqual([difference]);
  });
});
