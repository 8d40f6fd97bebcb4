import type { Replayed } from '../traffic/replay';
import { table } from './table';

/** What a replay sent and got, for a person. */
export function describeTraffic(model: string, replayed: Replayed): string {
  const { seconds, sent, notSent, answers, latency, labels, worstDelay } = replayed;
  const rate = seconds > 0 ? sent / seconds : 0;
  return [
    `${model}: ${count(sent)} requests in ${seconds.toFixed(1)} s, ${rate.toFixed(1)} a second, each at most ${worstDelay.toFixed(0)} ms after its time`,
    ...note(notSent.inFlight, 'not sent: too many before them had no answer'),
    ...note(notSent.behind, 'not sent: this machine, or the data source, was not fast enough'),
    '',
    table(
      ['status', 'version', 'requests'],
      answers.map((each) => [each.status, each.version ?? '–', count(each.count)]),
    ),
    '',
    latency === null
      ? 'no prediction'
      : `predictions took ${latency.p50.toFixed(1)} ms (p50), ${latency.p99.toFixed(1)} ms (p99)`,
    `labels: ${count(labels.sent)} sent, ${count(labels.accepted)} accepted`,
    ...note(labels.failed, `failed: ${labels.reason?.split('\n')[0] ?? ''}`),
    ...note(labels.notDue, 'not due before the end'),
  ].join('\n');
}

function note(number: number, text: string): string[] {
  return number === 0 ? [] : [`  ${count(number)} ${text}`];
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
