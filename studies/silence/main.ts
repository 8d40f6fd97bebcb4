/**
 * Do alerts stay silent while all is well? usage: node --import tsx studies/silence/main.ts [DAYS]
 *                                                 node --import tsx studies/silence/main.ts live MINUTES
 * The first backfills DAYS (90) days of a healthy platform, evaluates every rule over them, and then the last days again
 * with faults; it writes docs/results/silence.{json,md} and observability.{json,md}. The second watches the platform that
 * runs here. Both end with 1 if anything but Watchdog fires, the first also if a fault stays unseen.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../contracts/repository';
import { ruleGroups } from '../../monitoring/rules/index';
import { backfillHistory, backfillRules } from './backfill';
import { AMOUNT_FAULT, CONTROL_DAYS, ERROR_FAULT, seenIn } from './control';
import { evaluateAlerts } from './evaluate';
import { countedVersions } from './history/counts';
import { historyOf, type History } from './history/index';
import { DAY, END, WARM_UP_DAYS } from './history/plan';
import { BIN_STEP, SHORT_STEP } from './history/series';
import { coarsened, isRecording, layersOf } from './layers';
import { watch } from './live';
import { Prometheus } from './prometheus';
import { alarmsIn, record, recordLive, type Run } from './record';

const WHOLE_DAYS = 90;
const FOLDER = join(ROOT, '.mlops/silence-study');

function say(line: string): void {
  console.error(`${process.uptime().toFixed(0).padStart(6)} s  ${line}`);
}

function program(name: 'prometheus' | 'promtool'): string {
  const args = ['--import', 'tsx', join(ROOT, 'toolchain/main.ts'), name];
  return execFileSync(process.execPath, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

/** Everything from the text of a history to what fires over its last days. */
async function run(name: string, history: History, days: number): Promise<Run> {
  const [prometheusProgram, promtool] = [program('prometheus'), program('promtool')];
  const folder = join(FOLDER, name);
  rmSync(folder, { recursive: true, force: true });
  // The platform scrapes every 15 s; the increases of its rules are taken over one distance of samples more than their step.
  const groups = coarsened(ruleGroups({ drift: { scrapeSeconds: BIN_STEP } }), SHORT_STEP);
  const layers = layersOf(groups);
  const started = performance.now();
  const { samples, bytes } = await backfillHistory(promtool, folder, history, (line) => {
    say(`${name}: ${line}`);
  });
  say(
    `${name}: ${samples} samples of ${history.series.length} series, ${(bytes / 1e9).toFixed(1)} GB of text`,
  );
  const written = performance.now();
  const prometheus = await Prometheus.over(prometheusProgram, folder);
  try {
    for (const [index, layer] of layers.entries()) {
      await backfillRules(promtool, folder, prometheus.url, layer, history.from, history.to);
      await prometheus.restart();
      const rules = layer.flatMap((group) => group.rules);
      say(`${name}: layer ${index + 1} of ${layers.length}, ${rules.length} recording rules`);
    }
    const recorded = performance.now();
    const evaluated = await evaluateAlerts(prometheus, groups, END - days * DAY, END, (line) => {
      say(`${name}: ${line}`);
    });
    const seconds = (from: number, to: number): number => Math.round((to - from) / 1000);
    return {
      days,
      warmUpDays: Math.round((END - history.from) / DAY) - days,
      samples,
      recordingRules: groups.flatMap(({ rules }) => rules).filter(isRecording).length,
      seconds: {
        history: seconds(started, written),
        recordings: seconds(written, recorded),
        alerts: seconds(recorded, performance.now()),
      },
      evaluated,
    };
  } finally {
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function backfill(days: number): Promise<boolean> {
  const start = (judged: number): number => END - (judged + WARM_UP_DAYS) * DAY;
  const counted = countedVersions(FOLDER);
  const faulty = [...counted.slice(0, -1), ...countedVersions(FOLDER, AMOUNT_FAULT)];
  say('counted what the models saw');
  const healthy = await run('healthy', historyOf(start(days), counted), days);
  const alarms = alarmsIn(healthy.evaluated);
  for (const alarm of alarms) say(`fired: ${JSON.stringify(alarm)}`);
  const control = await run('control', historyOf(start(CONTROL_DAYS), faulty, ERROR_FAULT), CONTROL_DAYS);
  for (const alarm of alarmsIn(control.evaluated)) say(`fired with faults: ${JSON.stringify(alarm)}`);
  const seen = seenIn(control.evaluated);
  for (const { fault, delay } of seen)
    say(`${fault}: ${delay === undefined ? 'no alert' : `alert after ${(delay / 3_600).toFixed(1)} hours`}`);
  if (days === WHOLE_DAYS) record(healthy, control, seen);
  return alarms.length === 0 && seen.every(({ delay }) => delay !== undefined);
}

async function live(minutes: number): Promise<boolean> {
  const watched = await watch(minutes, say);
  recordLive(watched.minutes, watched.alerts.length);
  return watched.alerts.length === 0;
}

// What it started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const [first = String(WHOLE_DAYS), second = ''] = process.argv.slice(2);
const asked = Number(first === 'live' ? second : first);
if (!(asked > 0)) {
  console.error(
    `not a number of ${first === 'live' ? 'minutes' : 'days'} above 0: ${first === 'live' ? second : first}`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = (await (first === 'live' ? live(asked) : backfill(asked))) ? 0 : 1;
}
