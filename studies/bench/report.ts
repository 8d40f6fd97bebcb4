import { nodeVersion } from '../../toolchain/index';
import type { ServerFigures } from './figures';
import type { Results } from './record';
import { significant } from './statistics';
import type { Spread } from './statistics';

interface Column {
  readonly title: string;
  readonly value: (server: ServerFigures) => number | null;
  readonly better: 'more' | 'less';
}

const median = (value: Spread | null) => value?.median ?? null;

/** What is compared, in the order of the table. */
export const COLUMNS: readonly Column[] = [
  { title: 'req/s, 1 row', value: (s) => s.single_row_per_second.median, better: 'more' },
  { title: 'CPU µs/req, 1 row', value: (s) => s.single_row_cpu_us.median, better: 'less' },
  { title: 'p50 ms at 500/s', value: (s) => s.p50_ms_at_500.median, better: 'less' },
  { title: 'p99 ms at 500/s', value: (s) => s.p99_ms_at_500.median, better: 'less' },
  { title: 'rows/s, batch 64', value: (s) => s.batch64_rows_per_second.median, better: 'more' },
  { title: 'rows/s, batch 1024', value: (s) => s.batch1024_rows_per_second.median, better: 'more' },
  {
    title: 'rows/s, batch 1024 binary',
    value: (s) => median(s.batch1024_binary_rows_per_second),
    better: 'more',
  },
  { title: 'p99 ms at 500/s beside batches', value: (s) => median(s.mixed_p99_ms), better: 'less' },
  { title: 'RSS MB started', value: (s) => s.rss_mb_started, better: 'less' },
  { title: 'RSS MB after the run', value: (s) => s.rss_mb_finished, better: 'less' },
  { title: 'start to ready, ms', value: (s) => s.cold_start_ms.median, better: 'less' },
];

/** Where another server is better than ours, in sentences. */
export function losses({ servers }: Pick<Results, 'servers'>): string[] {
  return COLUMNS.flatMap(({ title, value, better }) => {
    const ours = value(servers.own);
    return Object.entries(servers).flatMap(([id, server]) => {
      const theirs = value(server);
      if (id === 'own' || ours === null || theirs === null) return [];
      const lost = better === 'more' ? theirs > ours : theirs < ours;
      return lost ? [`${title}: ${show(ours)} against ${show(theirs)} of ${server.title}.`] : [];
    });
  });
}

/** The readable form of the results. */
export function report(found: Results): string {
  const { servers, conditions, ratios, rss_mb_after_1m, cold_start_ms } = found;
  const lost = losses(found);
  const aimed = Object.entries({ ...ratios, rss_mb_after_1m, cold_start_ms });
  return `# The model server compared with others

![Requests a second, latency and rows a second of every server](model-server.svg)

| server | ${COLUMNS.map(({ title }) => title).join(' | ')} |
|---|${COLUMNS.map(() => '---|').join('')}
${Object.values(servers)
  .map((server) => `| ${server.title} | ${COLUMNS.map(({ value }) => show(value(server))).join(' | ')} |`)
  .join('\n')}

Medians of ${conditions.rotations} rotations; JSON unless it says binary; \`–\` where a server does not support the form or was not measured.

| figure of our server | median | range | aim | |
|---|---|---|---|---|
${aimed
  .map(
    ([name, { value, range, aim, met }]) =>
      `| ${name} | ${show(value)} | ${show(range[0])} to ${show(range[1])} | ${aim} | ${met === null ? '' : met ? 'met' : '**missed**'} |`,
  )
  .join('\n')}

A ratio is the median of the ratios within each rotation. \`rss_mb_after_1m\` is a fresh process; its range covers the run
to a million single rows.

## Where others are better

${lost.length === 0 ? 'Nowhere in this run.' : lost.map((sentence) => `* ${sentence}`).join('\n')}

## How it was measured

* \`${found.command}\` on ${found.date}, commit ${found.commit}: ${found.machine}.
* Model: LightGBM, 200 trees of 31 leaves, 30 features, as one ONNX file for all (SHA-256 \`${conditions.model.slice(0, 16)}…\`); ONNX
  Runtime ${conditions.onnxruntime} everywhere, one thread, no spinning. Before anything is timed, every server answers 1,000 rows; the largest
  difference from ONNX Runtime's scores was ${conditions.largest_score_difference.toExponential(1)}.
* One core for the server, one for the load generator (${conditions.load_generator}). All servers are up at once and idle but for
  the one under load. A rotation runs every measure on every server, in a new order for each measure.
* Closed loop: 32 connections for single rows, 4 for batches. Open loop: 500 requests a second, latency counted from when
  the request was due. Requests draw from 4,096 different rows, 64 and 16 different batches; a binary slice sends one body,
  another one in each rotation.
* Saturation, in the closed loop of single rows: the Rust server used ${percent(servers.rust.single_row_server_share.median)} of its core while the load
  generator's core was ${percent(servers.rust.single_row_load_core_share.median)} busy; ours ${percent(servers.own.single_row_server_share.median)} and ${percent(servers.own.single_row_load_core_share.median)}. Other work had ${percent(conditions.other_work_share)} of the server's core (median
  of all slices): the more, the less absolute figures mean.

## Differences in setup

* Ours validates every value, counts features and scores for drift, keeps histograms and request ids. MLServer and KServe
  validate the envelope and keep counters. The others only parse, run and answer.
* MLServer and KServe are tuned for speed, not left at defaults: one process, uvloop, no log line per request, no gRPC
  traffic. MLServer cannot read the binary tensor extension over HTTP; FastAPI and \`node:http\` were not taught it.
* The Rust server reads JSON with serde_json and calls the model once per request; one that batched requests, or
  parsed with SIMD, would be faster. It is the limit of the plain approach, not of the language.
* Both Node servers run on the Node that the model server's image carries (${nodeVersion}), ours with its compiled code
  kept from the first start, as the image has it.
`;
}

function show(value: number | null): string {
  if (value === null) return '–';
  return value >= 1000 ? significant(value).toLocaleString('en') : String(significant(value));
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
