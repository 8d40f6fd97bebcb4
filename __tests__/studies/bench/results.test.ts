import { describe, expect, it } from '@jest/globals';

import { chart } from '../../../studies/bench/chart';
import { figure } from '../../../studies/bench/figures';
import type { Measured } from '../../../studies/bench/figures';
import type { MeasureId } from '../../../studies/bench/measures';
import { results } from '../../../studies/bench/record';
import { losses, report } from '../../../studies/bench/report';
import type { SliceResult } from '../../../studies/bench/rotation';
import { peers } from '../../../studies/bench/servers/index';
import type { PeerId } from '../../../studies/bench/servers/peer';

const SPEED: Readonly<Record<PeerId, number>> = {
  own: 12_000,
  before: 12_000,
  rust: 16_000,
  node_http: 6000,
  fastapi: 3000,
  kserve: 1000,
  mlserver: 900,
};
const P99: Partial<Record<MeasureId, number>> = { open: 2, unmixed: 2, mixed: 5 };

/** Two rotations, the second on a machine half as fast. */
function measured(): Measured {
  const slices = peers.flatMap(({ id, binary }) =>
    [0, 1].flatMap((rotation) =>
      (['single', 'open', 'batch64', 'batch1024', 'binary1024', 'unmixed', 'mixed'] as const)
        .filter((measure) => binary || measure !== 'binary1024')
        .map((measure): SliceResult => {
          const perSecond = SPEED[id] / (rotation + 1);
          const form = measure === 'binary1024' ? 3 : 1;
          return {
            server: id,
            measure,
            rotation,
            requests: 1000,
            perSecond,
            rowsPerSecond: perSecond * form,
            p50: 1,
            p99: P99[measure] ?? 1,
            cpuMicroseconds: 1e6 / perSecond,
            serverShare: 0.98,
            loadCoreShare: 0.6,
            otherShare: 0.01,
          };
        }),
    ),
  );
  const each = <T>(value: T) => Object.fromEntries(peers.map(({ id }) => [id, value])) as Record<PeerId, T>;
  return {
    slices,
    coldStarts: { ...each([400, 420]), own: [280, 310, 290] },
    memory: each({ started: 90e6, finished: 120e6 }),
    ownMemory: [110e6, 125e6, 124e6],
  };
}

const found = results(
  measured(),
  { command: 'make bench', date: '2026-11-22', commit: 'abc', machine: '2 cores' },
  {
    rotations: 2,
    model: 'f'.repeat(64),
    onnxruntime: '1.30.0',
    load_generator: 'oha',
    largest_score_difference: 3e-7,
  },
);

describe('the recorded figures', () => {
  it('are ratios within a rotation, with aim and verdict', () => {
    expect(found.ratios.single_row_vs_mlserver).toEqual({
      value: 13.3,
      range: [13.3, 13.3],
      aim: '≥ 12',
      met: true,
      command: 'make bench',
      date: '2026-11-22',
      commit: 'abc',
      machine: '2 cores',
    });
  });

  it('hold every figure of the aims', () => {
    expect(Object.entries(found.ratios).map(([name, { value, met }]) => [name, value, met])).toEqual([
      ['single_row_vs_mlserver', 13.3, true],
      ['single_row_vs_kserve', 12, true],
      ['single_row_vs_fastapi', 4, false],
      ['single_row_vs_node_http', 2, null],
      ['single_row_vs_rust', 0.75, true],
      ['batch1024_binary_vs_rust_json', 2.25, true],
      ['batch1024_binary_vs_own_json', 3, true],
      ['p99_500_vs_rust', 1, true],
      ['mixed_p99_vs_unmixed', 2.5, false],
    ]);
  });

  it('give the memory after all requests, not the median over time', () => {
    expect(found.rss_mb_after_1m).toMatchObject({ value: 124, range: [110, 125], met: false });
  });

  it('give the median of the cold starts', () => {
    expect(found.cold_start_ms).toMatchObject({ value: 290, range: [280, 310], met: false });
  });

  it('hold the medians of every server, and null where one was not asked', () => {
    expect(found.servers.mlserver).toMatchObject({
      single_row_per_second: { median: 675, range: [450, 900] },
      batch1024_binary_rows_per_second: null,
      rss_mb_finished: 120,
    });
  });
});

describe('a figure', () => {
  it('is missed when its median is on the wrong side, even when its rounded value is not', () => {
    const spread = { median: 1.2004, range: [1, 2] as const };
    expect(figure(spread, { bound: 1.2, direction: '≤' })).toMatchObject({ value: 1.2, met: false });
  });
});

describe('the report', () => {
  it('names every server that is better, with both figures', () => {
    expect(losses(found)).toContain('req/s, 1 row: 9,000 against 12,000 of Rust: axum + ort (the limit).');
    expect(losses(found).filter((sentence) => sentence.includes('MLServer'))).toEqual([]);
  });

  it('says which aims were missed', () => {
    const missed = report(found)
      .split('\n')
      .filter((line) => line.includes('**missed**'))
      .map((line) => line.split(' ')[1]);
    expect(missed).toEqual([
      'single_row_vs_fastapi',
      'mixed_p99_vs_unmixed',
      'rss_mb_after_1m',
      'cold_start_ms',
    ]);
  });
});

describe('the chart', () => {
  it('has a bar for every server that has a figure', () => {
    expect(chart(found).match(/<rect x=/g)).toHaveLength(6 + 6 + 6 + 3);
  });

  it('draws the largest value at full length and half of it at half', () => {
    const widths = [...chart(found).matchAll(/<rect x="260".*?width="(\d+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths.slice(0, 3)).toEqual([315, 420, 158]);
  });
});
