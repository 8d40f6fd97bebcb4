import { describe, expect, test } from '@jest/globals';
import { firingsOf, secondsOf } from '../../../studies/silence/firing';

const labels = { alertname: 'Test' };
/** Firings as [from, to] of an expression that is true at these evaluations. */
function firings(times: readonly number[], holdSeconds: number, keepSeconds = 0, interval = 30) {
  return firingsOf({ labels, times }, { interval, holdSeconds, keepSeconds }).map(({ from, to }) => [
    from,
    to,
  ]);
}
const every = (from: number, to: number, step = 30) =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

describe('an alert fires as in Prometheus', () => {
  test('without `for` at the first evaluation that is true', () => {
    expect(firings([60], 0)).toEqual([[60, 60]]);
    expect(firings([60, 90, 300], 0)).toEqual([
      [60, 90],
      [300, 300],
    ]);
  });

  test('with `for` at the first evaluation by which it was pending that long', () => {
    expect(firings(every(0, 300), 300)).toEqual([[300, 300]]);
    expect(firings(every(0, 270), 300)).toEqual([]);
  });

  test('between two evaluations nothing happens: 70 s take three of 30 s', () => {
    expect(firings(every(0, 120), 70)).toEqual([[90, 120]]);
  });

  test('one false evaluation starts it over', () => {
    expect(firings([...every(0, 270), ...every(330, 600)], 300)).toEqual([]);
    expect(firings([...every(0, 270), ...every(330, 660)], 300)).toEqual([[630, 660]]);
  });

  test('after a pause it is pending again', () => {
    expect(firings([...every(0, 360), ...every(420, 750)], 300)).toEqual([
      [300, 360],
      [720, 750],
    ]);
  });

  test('`keep_firing_for` joins what is true again in time, and ends after it', () => {
    expect(firings([...every(0, 60), ...every(120, 180)], 0, 60)).toEqual([[0, 240]]);
    expect(firings([0, 120], 0, 60)).toEqual([
      [0, 60],
      [120, 180],
    ]);
  });

  test('`keep_firing_for` does not keep what is only pending', () => {
    expect(firings([0, 30, 90, 120], 60, 600)).toEqual([]);
  });
});

test('durations of rules', () => {
  expect([undefined, '30s', '5m', '1h', '1d'].map(secondsOf)).toEqual([0, 30, 300, 3_600, 86_400]);
  expect(() => secondsOf('1h30m')).toThrow('no duration of one unit: 1h30m');
});
