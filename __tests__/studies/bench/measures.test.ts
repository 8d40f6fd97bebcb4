import { describe, expect, it } from '@jest/globals';

import { measures } from '../../../studies/bench/measures';
import { readPlan } from '../../../studies/bench/plan';
import { peers } from '../../../studies/bench/servers/index';

const all = measures(readPlan({}, 2), { folder: '/bodies', headerLength: 200 });
const slice = (id: string, rotation = 0) =>
  all.find((measure) => measure.id === id)?.slice('http://127.0.0.1:1', rotation);
const asked = (id: string) =>
  peers.filter((peer) => all.find((measure) => measure.id === id)?.applies(peer)).map((peer) => peer.id);

describe('measures', () => {
  it('ask every server for single rows and JSON batches', () => {
    for (const id of ['single', 'open', 'batch64', 'batch1024'])
      expect(asked(id)).toEqual(['own', 'rust', 'node_http', 'fastapi', 'kserve', 'mlserver']);
  });

  it('ask only those servers for binary that support it', () => {
    expect(asked('binary1024')).toEqual(['own', 'rust', 'kserve']);
  });

  it('send a large batch every 250 ms beside single rows', () => {
    expect(slice('mixed')?.beside).toMatchObject({
      rate: 4,
      connections: 1,
      body: { lines: '/bodies/large.jsonl' },
    });
    expect(slice('mixed')?.load).toEqual(slice('unmixed')?.load);
    expect(slice('unmixed')?.beside).toBeUndefined();
  });

  it('send another binary body in each rotation', () => {
    expect(slice('binary1024', 0)?.load.body).toEqual({ file: '/bodies/binary/0.bin' });
    expect(slice('binary1024', 17)?.load.body).toEqual({ file: '/bodies/binary/1.bin' });
  });
});
