import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { originInWords, originOf, type Origin } from './origin';
import { readResult, RESULTS, table, writeResult } from './results';

/** What canaries on a cluster have to reach. */
const AIMS: Readonly<Record<string, string>> = {
  canary_requests_sent: '≥ 100 a second',
  failed_requests: '0',
  bad_canary_off_s: '≤ 45',
  controller_kills: '20',
  errors_off_s: '≤ 45',
  slow_off_s: '≤ 45',
  constant_off_s: '≤ 45',
  hang_off_s: '≤ 45',
  crash_off_s: '≤ 45',
};

const HEADING = '## On a cluster';

interface OnCluster {
  readonly on_cluster?: Origin;
  readonly [figure: string]: unknown;
}

/** Records figures of canaries on a cluster in docs/results/delivery.{json,md}; those of the simulation stay. */
export function recordDelivery(
  figures: Readonly<Record<string, number>>,
  command: string,
  folder = RESULTS,
): void {
  const former = (readResult('delivery', folder) ?? {}) as OnCluster;
  const found = Object.entries(figures).map(
    ([name, value]) => [name, Math.round(value * 100) / 100] as const,
  );
  const content = { ...former, ...Object.fromEntries(found), on_cluster: originOf(command) };
  writeResult('delivery', content, withClusterSection(pageOf(folder), content), folder);
}

/** A page of the simulation, with what is known of canaries on a cluster. */
export function withClusterSection(page: string, content: OnCluster): string {
  const simulated = page.split(HEADING)[0]?.trimEnd() ?? '';
  if (content.on_cluster === undefined) return `${simulated}\n`;
  const rows = Object.keys(AIMS).flatMap((name) => {
    const value = content[name];
    return typeof value === 'number' ? [[name, value, AIMS[name] ?? '–']] : [];
  });
  return `${simulated}

${HEADING}

${originInWords(content.on_cluster)} The command line was killed once the first weight was in force;
\`_off_s\` is the time from the first gateway pod that follows a canary's weight to the last one that does not any more.

${table(['figure', 'value', 'aim'], rows)}
`;
}

function pageOf(folder: string): string {
  const file = join(folder, 'delivery.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '# Progressive delivery\n';
}
