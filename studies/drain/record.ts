import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { RestartResult } from './restarts';
import { measuredBy } from '../recorder/measurement';

const COMMAND = 'make drain';

/** Writes what a study counted as model-server-drain.{json,md}. */
export function record(folder: string, result: RestartResult & { readonly seconds: number }): void {
  const { restarts, drained, requests, lost, inFlight, toldToClose, seconds, byKind } = result;
  const figures = {
    restarts,
    drained,
    requests,
    lost_requests: lost.length,
    in_flight_at_sigterm: inFlight,
    told_to_close: toldToClose,
    seconds,
  };
  const context = measuredBy(COMMAND);
  const all = { ...context, ...figures, requests_by_kind: byKind };
  writeFileSync(join(folder, 'model-server-drain.json'), `${JSON.stringify(all, null, 2)}\n`);
  const rows = (values: Readonly<Record<string, number>>) =>
    Object.entries(values)
      .map(([name, value]) => `| ${name} | ${String(value)} |`)
      .join('\n');
  writeFileSync(
    join(folder, 'model-server-drain.md'),
    `# Restarts of the model server under load

Measured by \`${COMMAND}\` on ${context.date} at commit ${context.commit.slice(0, 10)}: ${context.machine}.
A request counts as lost unless its whole answer came with status 200: refused and broken connections, other statuses,
half answers and silence all count, and no client tries again. New connections go to the servers that said they were
ready when last asked, every 50 ms; kept-alive connections stay until the server asks to close them.

| figure | value |
|---|---|
${rows(figures)}

| requests | sent |
|---|---|
${rows(byKind)}
`,
  );
}
