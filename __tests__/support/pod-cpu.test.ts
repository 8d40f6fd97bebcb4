import { describe, expect, it } from '@jest/globals';
import { coresOf, millicoresFor } from './pod-cpu';

describe('CPU of pods', () => {
  it('is summed over pods and containers', () => {
    const pod = (...cpu: string[]) => ({ containers: cpu.map((each) => ({ usage: { cpu: each } })) });
    expect(coresOf([pod('100m'), pod('200000000n', '1m')])).toBeCloseTo(0.301);
  });
});

describe('the CPU per pod for an autoscaler', () => {
  it('makes it want the pods under load, and the least without', () => {
    const target = millicoresFor(4, 0.35, 2, 0.02) / 1000;
    // ceil(cores of all / target), as Kubernetes computes it.
    expect(Math.ceil(0.35 / target)).toBe(4);
    expect(Math.ceil(0.04 / target)).toBeLessThanOrEqual(2);
  });

  it('is none when the load uses hardly more than no load', () => {
    expect(() => millicoresFor(4, 0.035, 2, 0.02)).toThrow('send more requests a second');
    expect(() => millicoresFor(4, 0.001, 2, 0)).toThrow('send more requests a second');
  });
});
