import type { Burn } from '../status/burn';
import type { DriftHealth } from '../status/drift';
import type { ModelHealth } from '../status/health';
import type { QualityHealth } from '../status/quality';
import { table } from './table';

/** Quality, drift and burn of a model for a terminal. */
export function describeHealth({ prometheus, versions, burn }: ModelHealth): readonly string[] {
  if (prometheus !== 'ok') return [`  Prometheus         ${prometheus}`];
  const rows = versions.map(({ version, weight, quality, drift }) => [
    version,
    `${String(weight)} %`,
    figure(quality),
    evidence(quality),
    driftInWords(drift),
  ]);
  const header = [
    'version',
    'traffic',
    `quality, last ${versions[0]?.quality.window ?? ''}`,
    'labelled',
    'drift',
  ];
  return [
    `  availability       ${burnInWords(burn.filter(({ objective }) => objective === 'availability'))}`,
    `  latency            ${burnInWords(burn.filter(({ objective }) => objective === 'latency'))}`,
    ...table(header, rows)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

/** The first figure that has a gate, else the first. */
function figure({ state, measures, ageSeconds }: QualityHealth): string {
  const shown = measures.find(({ gate }) => gate !== null) ?? measures[0];
  const aged = state === 'stale' ? `stale for ${hours(ageSeconds ?? 0)}` : state;
  if (shown === undefined || state === 'no figures') return aged;
  const { metric, estimate, lower, upper, gate } = shown;
  const below = gate !== null && upper !== null && upper < gate;
  return [
    `${metric.replaceAll('_', ' ')} ${estimate.toFixed(3)}`,
    ...(lower === null || upper === null ? [] : [` [${lower.toFixed(3)}, ${upper.toFixed(3)}]`]),
    ...(gate === null ? [] : [`, ${below ? 'BELOW ' : ''}gate ${String(gate)}`]),
    ...(state === 'stale' ? [`, ${aged}`] : []),
  ].join('');
}

function evidence({ predictions, labelled, coverage, positives }: QualityHealth): string {
  if (predictions === null) return '–';
  const share = coverage === null ? '' : ` (${(100 * coverage).toFixed(0)} %)`;
  return `${count(labelled)} of ${count(predictions)}${share}, ${count(positives)} positive`;
}

function driftInWords({ state, series, judged, inAlarm, worst }: DriftHealth): string {
  if (state !== 'drifting' && state !== 'quiet') return state;
  const ratio =
    worst === null
      ? []
      : [`${worst.series} at ${worst.ratio.toFixed(2)} of its threshold (${count(worst.rows)} rows)`];
  const alarm = inAlarm.length === 0 ? `0 of ${String(series)} in alarm` : `IN ALARM: ${inAlarm.join(', ')}`;
  const left = judged < series ? [`${String(series - judged)} not judged`] : [];
  return [alarm, ...ratio, ...left].join('; ');
}

function burnInWords(burns: readonly Burn[]): string {
  const known = burns.filter(({ factor }) => factor !== null);
  const [fast, slow] = [known[0], known.at(-1)];
  if (fast === undefined || slow === undefined) return 'no figures';
  const alarm = known.find(({ state }) => state === 'burning');
  if (alarm !== undefined)
    return `BURNING its budget ${one(alarm)}, alarm above ${String(alarm.alarmAbove)} times`;
  return [fast, ...(slow === fast ? [] : [slow])].map(one).join('; ');
}

function one({ state, factor, lower, upper, window, requests }: Burn): string {
  const sample = `over ${window} (${count(requests)} requests)`;
  const figure = (factor ?? 0).toFixed(2);
  if (state === 'over') return `${figure} times as fast as allowed ${sample}, but no longer`;
  if (state !== 'not enough evidence') return `${figure} times as fast as allowed ${sample}`;
  const interval = lower === null || upper === null ? '' : ` [${lower.toFixed(2)}, ${upper.toFixed(2)}]`;
  return `not enough evidence: ${figure}${interval} times as fast as allowed ${sample}`;
}

function count(value: number | null): string {
  return value === null ? '?' : Math.round(value).toLocaleString('en');
}

function hours(seconds: number): string {
  return seconds < 7_200 ? `${String(Math.round(seconds / 60))} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
