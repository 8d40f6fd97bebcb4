import { describe, expect, it } from '@jest/globals';

import { ohaArguments, readResult } from '../../../studies/bench/load';
import type { Load } from '../../../studies/bench/load';

const closed: Load = {
  url: 'http://127.0.0.1:1/infer',
  body: { lines: 'bodies.jsonl' },
  headers: { 'content-type': 'application/json' },
  connections: 32,
  amount: { seconds: 2.5 },
};

const result = (change: object = {}) =>
  JSON.stringify({
    summary: { requestsPerSec: 1234.5 },
    latencyPercentiles: { p50: 0.001, p99: 0.004 },
    statusCodeDistribution: { '200': 100 },
    errorDistribution: {},
    ...change,
  });

describe('the command line of the load generator', () => {
  it('draws bodies from lines and keeps connections busy in a closed loop', () => {
    const args = ohaArguments(closed).join(' ');
    expect(args).toContain('-Z bodies.jsonl');
    expect(args).toContain('-c 32');
    expect(args).toContain('-z 2.5s --wait-ongoing-requests-after-deadline');
    expect(args).not.toContain('-q');
  });

  it('corrects latency for coordinated omission in an open loop', () => {
    expect(ohaArguments({ ...closed, rate: 500 }).join(' ')).toContain('-q 500 --latency-correction');
  });

  it('sends a whole file and its headers', () => {
    const headers = { 'inference-header-content-length': '180' };
    const args = ohaArguments({ ...closed, body: { file: '0.bin' }, headers, amount: { requests: 7 } });
    expect(args.join(' ')).toContain('-D 0.bin -H inference-header-content-length: 180 -c 32 -n 7');
  });
});

describe('the result of the load generator', () => {
  it('is read in milliseconds', () => {
    expect(readResult(result(), 'x')).toEqual({ requests: 100, perSecond: 1234.5, p50: 1, p99: 4 });
  });

  it('is refused when one request was answered with another status', () => {
    expect(() => readResult(result({ statusCodeDistribution: { '200': 99, '503': 1 } }), 'KServe'))
      .toThrowErrorMatchingInlineSnapshot(`
      "Requests to KServe failed under load, so its figures mean nothing.
        got:      1 × 503
        expected: status 200 for every request
        fix:      See its output in .mlops/bench/logs; correct the server or its limits."
    `);
  });

  it('is refused when one request failed', () => {
    expect(() => readResult(result({ errorDistribution: { 'connection reset': 2 } }), 'x')).toThrow(
      '2 × connection reset',
    );
  });

  it('is refused when no request was answered', () => {
    expect(() => readResult(result({ statusCodeDistribution: {} }), 'x')).toThrow('no answer');
  });

  it('is refused when it is not JSON', () => {
    expect(() => readResult('error: unexpected argument', 'x')).toThrow('unexpected argument');
  });
});
