import { describe, expect, it } from '@jest/globals';
import { errors } from '../../../cli/src/errors';
import { parseLine, type LogLine } from '../../../cli/src/logs/line';
import { describeTrace } from '../../../cli/src/render/trace';
import { traceBack, type TraceSources } from '../../../cli/src/trace/trace';
import type { Releases } from '../../../rollout/releases';

const IMAGE = `registry.example/models/fraud@sha256:${'a'.repeat(64)}`;
const NEWER = `registry.example/models/fraud@sha256:${'b'.repeat(64)}`;

const entry = (at: string, image: string) =>
  ({ at, by: 'me@vm', action: 'deploy', model: 'fraud', version: '2', from: null, image, note: '' }) as const;

const RELEASES: Releases = {
  list: { schema: 1, models: { fraud: { versions: [{ version: '2', image: IMAGE, weight: 100 }] } } },
  history: {
    schema: 1,
    entries: [entry('2026-11-26T06:00:00.000Z', IMAGE), entry('2026-11-26T07:00:00.000Z', NEWER)],
  },
};

function gatewayLine(pod: string): LogLine {
  const line = parseLine('gateway-1', `2026-11-26T06:12:15Z {"request_id":"r-1","pod":"${pod}"}`);
  if (line === undefined) throw new Error('no line');
  return line;
}

const SOURCES: TraceSources = {
  prediction: () =>
    Promise.resolve({
      predictionId: 'r-1/3',
      at: '2026-11-26T06:12:15.000Z',
      model: 'fraud',
      version: '2',
      score: 0.93,
      threshold: 0.38,
      decision: true,
      features: { amount: 12 },
    }),
  logs: (_, request) =>
    Promise.resolve({
      lines: request === 'r-1' ? [gatewayLine('10.0.0.8:8080, 10.0.0.9:8080')] : [],
      pods: ['gateway-1'],
      unread: [],
    }),
  podNames: () => Promise.resolve({ '10.0.0.8': 'fraud-v2-a', '10.0.0.9': 'fraud-v2-b' }),
  releases: () => Promise.resolve(RELEASES),
  versions: () =>
    Promise.resolve([
      {
        name: 'fraud',
        version: '2',
        createdAt: '2026-11-25T00:00:00.000Z',
        runId: 'run-2',
        tags: {
          dataset_digest: 'sha256:d',
          git_commit: 'c0ffee',
          build_url: 'http://ci/b/7',
          image_digest: `sha256:${'a'.repeat(64)}`,
        },
        aliases: [],
      },
    ]),
};

const trace = (changes: Partial<TraceSources> = {}) => traceBack({ ...SOURCES, ...changes }, 'r-1/3');

describe('a prediction', () => {
  it('is followed back to the pod that answered, its image, run, data and commit', async () => {
    const found = await trace();
    expect(found).toMatchObject({
      pod: { state: 'known', name: 'fraud-v2-b', address: '10.0.0.9:8080' },
      image: { state: 'known', image: IMAGE },
      run: { state: 'known', runId: 'run-2' },
      dataset: { state: 'known', digest: 'sha256:d' },
      commit: { state: 'known', commit: 'c0ffee' },
      build: { state: 'known', url: 'http://ci/b/7' },
      contradictions: [],
    });
    expect(describeTrace(found).split('\n').slice(0, 5)).toEqual([
      'prediction r-1/3',
      '  at          2026-11-26T06:12:15.000Z',
      '  answer      score 0.93, threshold 0.38, decision true',
      '  model       fraud version 2',
      '  pod         fraud-v2-b at 10.0.0.9:8080',
    ]);
  });

  it('has the image of its own time, not that of a later deployment', async () => {
    expect((await trace()).image).toMatchObject({ image: IMAGE });
    const later = { ...(await SOURCES.prediction('')), at: '2026-11-26T08:00:00.000Z' };
    const { image, contradictions } = await trace({
      prediction: () => Promise.resolve(later as Awaited<ReturnType<TraceSources['prediction']>>),
    });
    expect(image).toMatchObject({ image: NEWER });
    expect(contradictions).toEqual([
      `MLflow recorded another image for the version: sha256:${'a'.repeat(64)}`,
    ]);
  });

  it('that nobody stored leaves nothing to follow, and asks nobody else', async () => {
    const never = () => Promise.reject(new Error('asked'));
    const found = await trace({
      prediction: () => Promise.resolve(undefined),
      logs: never,
      releases: never,
      versions: never,
    });
    expect(found.prediction).toMatchObject({ state: 'missing' });
    expect(found.commit).toEqual({ state: 'missing', reason: 'the prediction is not known' });
  });
});

describe('a missing link', () => {
  it.each([
    [
      'pod',
      { logs: () => Promise.resolve({ lines: [], pods: [], unread: [] }) },
      /log no longer has the request/,
    ],
    [
      'image',
      {
        releases: () =>
          Promise.resolve({
            ...RELEASES,
            list: { schema: 1 as const, models: {} },
            history: { schema: 1 as const, entries: [] },
          }),
      },
      /neither release list nor history/,
    ],
    ['run', { versions: () => Promise.resolve([]) }, /MLflow has no version 2/],
    ['dataset', { versions: () => Promise.resolve([]) }, /MLflow has no version 2/],
    [
      'commit',
      { versions: () => Promise.reject(errors.unavailable('MLflow', 'http://x', 'HTTP 503')) },
      /^MLflow does not answer\. HTTP 503$/,
    ],
    ['pod', { logs: () => Promise.reject(new Error('no cluster')) }, /^no cluster$/],
  ] as const)(
    'of %s is a state with its reason, and the others are still told',
    async (name, changes, reason) => {
      const found = await trace(changes);
      const link = found[name];
      expect(link.state === 'missing' ? link.reason : 'known').toMatch(reason);
      expect(found.prediction.state).toBe('known');
      expect(describeTrace(found)).toContain('missing: ');
    },
  );

  it('is a tag that MLflow does not have', async () => {
    const [version] = await SOURCES.versions('fraud');
    const found = await trace({
      versions: () => Promise.resolve(version === undefined ? [] : [{ ...version, tags: {} }]),
    });
    expect(found.run.state).toBe('known');
    expect(found.commit).toEqual({
      state: 'missing',
      reason: 'version 2 has no tag git_commit in MLflow',
    });
  });

  it('is a pod that is gone, whose address is kept', async () => {
    expect((await trace({ podNames: () => Promise.resolve({}) })).pod).toMatchObject({
      name: 'a pod that no longer runs',
      address: '10.0.0.9:8080',
    });
  });
});
