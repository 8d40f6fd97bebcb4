import { originInWords, originOf } from '../recorder/origin';
import { RESULTS, table, writeResult } from '../recorder/results';
import { CYCLES, LABELS } from './measure';
import type { Measured } from './measure';

/** Records what the study measured in quality-exporter.{json,md}. */
export function record(measured: readonly Measured[], postgres: string, folder = RESULTS): void {
  const origin = originOf('make exporter-study', { processor: true });
  const exporter = measured.map((each) =>
    Object.fromEntries(Object.entries(each).map(([name, value]) => [name, Math.round(value * 1000) / 1000])),
  );
  const page = `# Cost of the quality exporter

${originInWords(origin)}
PostgreSQL ${postgres}, not durable, 128 MiB of shared buffers. The log spans 90 days, each a
partition; every score bin with predictions has labels of every kind, the most that the compact tables can hold of it. A cycle joins
${LABELS.toLocaleString('en')} new labels that do not tell the time of their predictions (the dearest kind), counts days that ended, and
reads what is exported: median of ${CYCLES}. The last day is counted twice in its life, all days once when the exporter
first meets a log.

${table(
  [
    'rows in the log',
    'seconds per cycle',
    'without new labels',
    'the last day',
    'all days, once',
    'rows in the compact tables',
  ],
  exporter.map((each) => [
    (each.log_rows ?? 0).toLocaleString('en'),
    each.seconds ?? '–',
    each.idle_seconds ?? '–',
    each.day_seconds ?? '–',
    each.first_seconds ?? '–',
    (each.compact_rows ?? 0).toLocaleString('en'),
  ]),
)}
`;
  writeResult('quality-exporter', { ...origin, postgres, exporter }, page, folder);
}
