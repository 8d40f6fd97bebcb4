import type { RestartResult } from './restarts';
import { originInWords, originOf } from '../recorder/origin';
import { RESULTS, table, writeResult } from '../recorder/results';

const AIMS: Readonly<Record<string, string>> = { restarts: '50', drained: '50', lost_requests: '0' };

/** Records what a study counted in model-server-drain.{json,md}. */
export function record(result: RestartResult & { readonly seconds: number }, folder = RESULTS): void {
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
  const origin = originOf('make drain');
  const rows = Object.entries(figures).map(([name, value]) => [name, value, AIMS[name] ?? '–']);
  const page = `# Restarts of the model server under load

${originInWords(origin)}
A request counts as lost unless its whole answer came with status 200: refused and broken connections, other statuses,
half answers and silence all count, and no client tries again. New connections go to the servers that said they were
ready when last asked, every 50 ms; kept-alive connections stay until the server asks to close them.

${table(['figure', 'value', 'aim'], rows)}

${table(['requests', 'sent'], Object.entries(byKind))}
`;
  const content = { ...origin, ...figures, aims: AIMS, requests_by_kind: byKind };
  writeResult('model-server-drain', content, page, folder);
}
