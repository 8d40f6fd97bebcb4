import { recordObservability } from '../recorder/observability';
import { originInWords, originOf } from '../recorder/origin';
import { RESULTS, table, writeResult } from '../recorder/results';
import type { Seen } from './control';
import type { Evaluated } from './evaluate';
import type { Firing } from './firing';

const COMMAND = 'make silence-study';

export interface Run {
  readonly days: number;
  /** Before the days that are judged. */
  readonly warmUpDays: number;
  readonly samples: number;
  readonly recordingRules: number;
  readonly seconds: { readonly history: number; readonly recordings: number; readonly alerts: number };
  readonly evaluated: readonly Evaluated[];
}

/** Firings of everything but Watchdog. */
export function alarmsIn(evaluated: readonly Evaluated[]): readonly Firing[] {
  return evaluated.filter(({ alert }) => alert !== 'Watchdog').flatMap(({ firings }) => firings);
}

/** Records the study in silence.{json,md}, and its main figures beside the others of observability. */
export function record(healthy: Run, control: Run, seen: readonly Seen[], folder = RESULTS): void {
  const origin = originOf(COMMAND, { processor: true });
  const alarms = alarmsIn(healthy.evaluated);
  const minutes = Object.values(healthy.seconds).reduce((sum, each) => sum + each, 0) / 60;
  recordObservability(
    {
      backfilled_days: healthy.days,
      alerts_in_backfill: alarms.length,
      backfill_alert_rules: healthy.evaluated.length,
      backfill_evaluations: healthy.evaluated.reduce((sum, { evaluations }) => sum + evaluations, 0),
      backfill_samples: healthy.samples,
      backfill_minutes: minutes,
      backfill_faults_missed: seen.filter(({ delay }) => delay === undefined).length,
    },
    COMMAND,
  );
  const page = `# Silence over ${healthy.days} healthy days

${originInWords(origin)}
A history of ${healthy.days + healthy.warmUpDays} days, the first ${healthy.warmUpDays} to fill the windows, as ${healthy.samples.toLocaleString('en')} samples:
transactions of the card fraud generator, scored by a model that is trained anew every four weeks, on two pods that are
replaced every two weeks; 0.02 to 0.04 % of the requests fail, in clumps; labels come a week late. All ${healthy.recordingRules} recording
rules and ${healthy.evaluated.length} alert rules were evaluated over it at the interval of their group, but no more often than every minute, for
requests are sampled every minute, in ${minutes.toFixed(0)} minutes.

${
  alarms.length === 0
    ? 'Nothing fired but Watchdog.'
    : `${alarms.length} fired besides Watchdog:\n\n${table(
        ['from', 'hours', 'labels'],
        alarms.map(({ labels, from, to }) => [time(from), ((to - from) / 3_600).toFixed(1), words(labels)]),
      )}`
}

## What was evaluated

${table(
  ['alert', 'group', 'evaluations', 'fired'],
  healthy.evaluated.map(({ alert, labels, group, evaluations, firings }) => [
    labels.window === undefined ? alert : `${alert} over ${labels.window}`,
    group,
    evaluations.toLocaleString('en'),
    firings.length,
  ]),
)}

## With faults

The last ${control.days} days again, with faults:

${table(
  ['fault', 'alert after'],
  seen.map(({ fault, delay }) => [
    fault,
    delay === undefined ? 'missed' : `${(delay / 3_600).toFixed(1)} hours`,
  ]),
)}

Everything that fired there besides Watchdog:

${table(
  ['from', 'hours', 'labels'],
  alarmsIn(control.evaluated).map(({ labels, from, to }) => [
    time(from),
    ((to - from) / 3_600).toFixed(1),
    words(labels),
  ]),
)}
`;
  writeResult(
    'silence',
    { ...origin, healthy: plain(healthy), control: { ...plain(control), seen } },
    page,
    folder,
  );
}

/** Figures of the live platform. */
export function recordLive(minutes: number, alerts: number): void {
  recordObservability(
    { live_minutes: minutes, alerts_live: alerts },
    `node --import tsx studies/silence/main.ts live ${Math.round(minutes)}`,
  );
}

function plain({ evaluated, ...run }: Run): object {
  return {
    ...run,
    alerts: alarmsIn(evaluated),
    evaluated: evaluated.map(({ alert, labels, group, evaluations, firings }) => ({
      alert,
      ...(labels.window === undefined ? {} : { window: labels.window }),
      group,
      evaluations,
      fired: firings.length,
    })),
  };
}

function words(labels: Readonly<Record<string, string>>): string {
  const others = Object.entries(labels).filter(
    ([label]) => !['alertname', 'severity', 'team'].includes(label),
  );
  return [labels.alertname ?? '', ...others.map(([label, value]) => `${label}=${value}`)].join(' ');
}

function time(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}
