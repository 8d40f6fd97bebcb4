import { describe, expect, it } from '@jest/globals';
import {
  deploymentStack,
  emptyHistory,
  emptyReleaseList,
  parseReleaseList,
  recorded,
  rollbackTarget,
  serving,
  versionsOf,
  withAllTraffic,
  withStandby,
  type History,
  type HistoryEntry,
  type ReleaseList,
} from '../../../cli/src/releases/release-list';

const image = (version: string) =>
  `registry.mlops:5000/models/fraud@sha256:${version.repeat(64).slice(0, 64)}`;

const entry = (action: HistoryEntry['action'], version: string): HistoryEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  by: 'ada@laptop',
  action,
  model: 'fraud',
  version,
  from: null,
  image: image(version),
  note: '',
});

const past = (...entries: [HistoryEntry['action'], string][]): History =>
  entries.reduce((history, [action, version]) => recorded(history, entry(action, version)), emptyHistory);

/** Deploys version after version, as `mlops deploy` does, keeping two. */
function deployed(...versions: string[]): { list: ReleaseList; history: History } {
  return versions.reduce(
    ({ list, history }, version) => ({
      list: withAllTraffic(
        withStandby(list, 'fraud', { version, image: image(version) }),
        history,
        'fraud',
        version,
        2,
      ),
      history: recorded(history, entry('deploy', version)),
    }),
    { list: emptyReleaseList, history: emptyHistory },
  );
}

const shape = (list: ReleaseList) =>
  versionsOf(list, 'fraud').map(({ version, weight }) => `${version}:${String(weight)}`);

describe('deploying', () => {
  it('adds a version without traffic first', () => {
    const { list } = deployed('1');
    const next = withStandby(list, 'fraud', { version: '2', image: image('2') });
    expect(shape(next)).toEqual(['1:100', '2:0']);
  });

  it('gives all traffic to the new version and keeps the former one running', () => {
    expect(shape(deployed('1', '2').list)).toEqual(['2:100', '1:0']);
  });

  it('keeps only as many versions as configured, the most recent ones', () => {
    expect(shape(deployed('1', '2', '3').list)).toEqual(['3:100', '2:0']);
  });

  it('keeps the traffic of a version whose image is replaced', () => {
    const { list } = deployed('1');
    const next = withStandby(list, 'fraud', { version: '1', image: image('9') });
    expect(versionsOf(next, 'fraud')).toEqual([{ version: '1', image: image('9'), weight: 100 }]);
  });

  it('leaves other models alone', () => {
    const { list } = deployed('1');
    const both = withStandby(list, 'churn', { version: '7', image: image('7') });
    expect(serving(both, 'fraud')?.version).toBe('1');
    expect(serving(both, 'churn')).toBeUndefined();
  });
});

describe('rolling back', () => {
  it('goes to the version that served before', () => {
    const { list, history } = deployed('1', '2');
    expect(rollbackTarget(list, history, 'fraud')).toEqual({ version: '1', image: image('1') });
  });

  it('goes one further back each time', () => {
    const { list, history } = deployed('1', '2', '3');
    const rolledBack = withAllTraffic(list, history, 'fraud', '2', 2);
    const later = recorded(history, entry('rollback', '2'));
    expect(rollbackTarget(rolledBack, later, 'fraud').version).toBe('1');
  });

  it('takes the image from history when the version does not run any more', () => {
    const { list, history } = deployed('1', '2', '3');
    expect(rollbackTarget(list, history, 'fraud', '1')).toEqual({ version: '1', image: image('1') });
  });

  it('refuses when only one version ever served', () => {
    const { list, history } = deployed('1');
    expect(() => rollbackTarget(list, history, 'fraud')).toThrowErrorMatchingInlineSnapshot(`
      "Model fraud has no earlier version to roll back to.
        got:      at most one version has ever served
        expected: an earlier deployment in \`mlops history\`
        fix:      Deploy another version first: \`mlops train fraud\`, then \`mlops deploy fraud@VERSION\`."
    `);
  });

  it('refuses a version that never served, and names those that did', () => {
    const { list, history } = deployed('1', '2');
    expect(() => rollbackTarget(list, history, 'fraud', '7')).toThrowErrorMatchingInlineSnapshot(`
      "Version 7 of model fraud was never deployed, so nothing can be rolled back to it.
        got:      7
        expected: one of the versions that served before: 1, 2
        fix:      Use \`mlops deploy fraud@7\` for a version that has not served yet."
    `);
  });

  it('refuses the version that serves', () => {
    const { list, history } = deployed('1', '2');
    expect(() => rollbackTarget(list, history, 'fraud', '2')).toThrow('already the one that serves');
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
    expect(deploymentStack(past(...entries), 'fraud').map(({ version }) => version)).toEqual(versions);
  });

  it('drops the oldest entries beyond the limit', () => {
    const history = past(...Array.from({ length: 205 }, (_, n): ['deploy', string] => ['deploy', String(n)]));
    expect(history.entries).toHaveLength(200);
    expect(history.entries.at(-1)?.version).toBe('204');
  });
});

describe('a release list from the cluster', () => {
  it.each([
    ['missing text', undefined, 'releases.json is not JSON'],
    ['another schema', '{"schema":2,"models":{}}', 'releases.json is not of schema 1'],
    [
      'weights that do not add up',
      '{"schema":1,"models":{"fraud":{"versions":[{"version":"1","image":"x","weight":40}]}}}',
      'the weights of fraud add up to 40, not 100',
    ],
  ])('is refused for %s', (_, text, reason) => {
    expect(() => parseReleaseList(text)).toThrow(reason);
  });

  it('is accepted while a first version starts without traffic', () => {
    const list = withStandby(emptyReleaseList, 'fraud', { version: '1', image: image('1') });
    expect(parseReleaseList(JSON.stringify(list))).toEqual(list);
    expect(serving(list, 'fraud')).toBeUndefined();
  });

  it('survives a round trip', () => {
    const { list } = deployed('1', '2');
    expect(parseReleaseList(JSON.stringify(list))).toEqual(list);
  });
});
