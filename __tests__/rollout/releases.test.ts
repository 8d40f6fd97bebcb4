import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { releaseListSchema, type HistoryEntry } from '../../contracts/release-list';
import { RolloutError, type Failure } from '../../rollout/failures';
import {
  deploymentStack,
  leftovers,
  noReleases,
  parseReleases,
  pruned,
  recorded,
  rollbackTarget,
  sameState,
  serving,
  stateOf,
  withAllTraffic,
  withoutLeftovers,
  withStandby,
  withState,
  type ModelState,
} from '../../rollout/releases';
import { deployed, image, MODEL, release, shape, stored } from './support/memory-ports';

it('has a schema that is one', () => {
  expect(new Ajv().validateSchema(releaseListSchema, true)).toBe(true);
});

const none: ModelState = { versions: [], entries: [] };
const target = (version: string) => ({ version, image: image(version) });

const entry = (action: HistoryEntry['action'], version: string, model = MODEL): HistoryEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  by: 'ada@laptop',
  action,
  model,
  version,
  from: null,
  image: image(version),
  note: '',
});

const past = (...entries: [HistoryEntry['action'], string][]): ModelState =>
  entries.reduce((state, [action, version]) => recorded(state, entry(action, version)), none);

/** The failure that a call throws. */
function failureOf(call: () => unknown): Failure | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof RolloutError ? error.failure : undefined;
  }
}

describe('deploying', () => {
  it('adds a version without traffic first', () => {
    expect(shape(withStandby(deployed('1'), target('2')))).toBe('1:100 2:0');
  });

  it('gives all traffic to one version', () => {
    expect(shape(withAllTraffic(deployed('1', '2'), '1'))).toBe('1:100 2:0');
  });

  it('keeps the order of versions: Terraform reads it, and would see a change', () => {
    const order = ({ versions }: ModelState) => versions.map(({ version }) => version);
    expect(order(withAllTraffic(deployed('1', '2'), '1'))).toEqual(order(deployed('1', '2')));
  });

  it('keeps only as many versions as configured, the most recent ones', () => {
    const state = deployed('1', '2', '3');
    const all = { ...state, versions: [release('3', 100), release('1', 0), release('2', 0)] };
    expect(shape(pruned(all, 2))).toBe('3:100 2:0');
    expect(shape(pruned(all, 1))).toBe('3:100');
  });

  it('keeps the traffic of a version whose image is replaced', () => {
    const next = withStandby(deployed('1'), { version: '1', image: image('9') });
    expect(next.versions).toEqual([{ version: '1', image: image('9'), weight: 100 }]);
  });

  it('tells a version that never served from a standby', () => {
    const state = withStandby(deployed('1', '2'), target('3'));
    expect(leftovers(state).map(({ version }) => version)).toEqual(['3']);
    expect(shape(withoutLeftovers(state))).toBe('2:100 1:0');
    expect(shape(withoutLeftovers(state, '3'))).toBe('2:100 1:0 3:0');
    expect(shape(pruned(state, 5))).toBe('2:100 1:0');
  });
});

describe('rolling back', () => {
  it('goes to the version that served before', () => {
    expect(rollbackTarget(deployed('1', '2'), MODEL)).toEqual(target('1'));
  });

  it('goes one further back each time', () => {
    const state = recorded(withAllTraffic(deployed('1', '2', '3'), '2'), entry('rollback', '2'));
    expect(rollbackTarget(state, MODEL).version).toBe('1');
  });

  it('takes the image from history if the version no longer runs', () => {
    expect(rollbackTarget(deployed('1', '2', '3'), MODEL, '1')).toEqual(target('1'));
  });

  it('is refused if only one version ever served', () => {
    expect(failureOf(() => rollbackTarget(deployed('1'), MODEL))).toEqual({
      kind: 'nothingToRollBackTo',
      model: MODEL,
    });
  });

  it('to a version that never served is refused, naming those that did', () => {
    expect(failureOf(() => rollbackTarget(deployed('1', '2'), MODEL, '7'))).toEqual({
      kind: 'neverDeployed',
      model: MODEL,
      version: '7',
      deployed: ['1', '2'],
    });
  });

  it('to the serving version is refused', () => {
    expect(failureOf(() => rollbackTarget(deployed('1', '2'), MODEL, '2'))).toMatchObject({
      kind: 'alreadyServing',
    });
  });
});

describe('the deployment stack', () => {
  it.each<[string, [HistoryEntry['action'], string][], string[]]>([
    [
      'grows with deployments',
      [
        ['deploy', '1'],
        ['deploy', '2'],
      ],
      ['1', '2'],
    ],
    [
      'shrinks with a rollback',
      [
        ['deploy', '1'],
        ['deploy', '2'],
        ['rollback', '1'],
      ],
      ['1'],
    ],
    [
      'forgets what was rolled away',
      [
        ['deploy', '1'],
        ['deploy', '2'],
        ['rollback', '1'],
        ['deploy', '3'],
      ],
      ['1', '3'],
    ],
    [
      'takes a rollback to a forgotten version as a new top',
      [
        ['deploy', '1'],
        ['deploy', '2'],
        ['rollback', '1'],
        ['rollback', '2'],
      ],
      ['1', '2'],
    ],
  ])('%s', (_, entries, versions) => {
    expect(deploymentStack(past(...entries)).map(({ version }) => version)).toEqual(versions);
  });

  it('drops the oldest entries of its model beyond the limit', () => {
    const state = past(...Array.from({ length: 205 }, (_, n): ['deploy', string] => ['deploy', String(n)]));
    expect(state.entries).toHaveLength(200);
    expect(state.entries.at(-1)?.version).toBe('204');
  });
});

describe('one model’s part of the stored list', () => {
  const model = fc.constantFrom('fraud', 'churn', 'spend');
  const entries = fc.array(fc.tuple(model, fc.constantFrom('1', '2', '3')), { maxLength: 12 });
  const some = fc.tuple(entries, fc.constantFrom(...['1', '2', '3'])).map(([all, version]) => ({
    list: { schema: 1 as const, models: { churn: { versions: [release(version, 100)] } } },
    history: { schema: 1 as const, entries: all.map(([name, each]) => entry('deploy', each, name)) },
  }));

  it('is replaced as a whole, without changing other parts or their order', () => {
    fc.assert(
      fc.property(some, fc.array(fc.constantFrom('1', '2', '3'), { maxLength: 5 }), (releases, versions) => {
        const next: ModelState = {
          versions: versions.map((each) => release(each, 0)),
          entries: versions.map((each) => entry('rollback', each)),
        };
        const after = withState(releases, MODEL, next);
        expect(sameState(stateOf(after, MODEL), next)).toBe(true);
        for (const other of ['churn', 'spend']) {
          expect(sameState(stateOf(after, other), stateOf(releases, other))).toBe(true);
        }
      }),
    );
  });

  it('can be restored', () => {
    fc.assert(
      fc.property(some, (releases) => {
        const before = stateOf(releases, MODEL);
        const after = withState(
          releases,
          MODEL,
          recorded(withStandby(before, target('9')), entry('deploy', '9')),
        );
        expect(withState(after, MODEL, before).history).toEqual(releases.history);
      }),
    );
  });
});

describe('a release list from the cluster', () => {
  const history = JSON.stringify(noReleases.history);
  it.each([
    ['missing text', undefined, 'releases.json is not JSON'],
    ['another schema', '{"schema":2,"models":{}}', 'releases.json/schema must be equal to constant'],
    [
      'weights that do not add up',
      JSON.stringify({ schema: 1, models: { fraud: { versions: [release('1', 40)] } } }),
      'the weights of fraud add up to 40, not 100',
    ],
  ])('is refused for %s', (_, text, reason) => {
    expect(failureOf(() => parseReleases(text, history))).toEqual({ kind: 'listInvalid', reason });
  });

  it('may have a first version that starts without traffic', () => {
    const { list } = stored(withStandby(none, target('1')));
    const parsed = parseReleases(JSON.stringify(list), history);
    expect(parsed.list).toEqual(list);
    expect(serving(stateOf(parsed, MODEL))).toBeUndefined();
  });

  it('survives a round trip', () => {
    const releases = stored(deployed('1', '2'));
    expect(parseReleases(JSON.stringify(releases.list), JSON.stringify(releases.history))).toEqual(releases);
  });
});
