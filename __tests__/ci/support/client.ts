import { Ci } from '../../../cli/src/ci';
import { followRequest } from '../../../cli/src/ci-follow';
import { UserError } from '../../../cli/src/errors';

/** Runs the command line's client against a master: address, password, what to do, and its parameters as JSON. */
const [address = '', password = '', action = '', json = '{}'] = process.argv.slice(2);
const ci = new Ci(address, { username: 'admin', password });
const given = JSON.parse(json) as Record<string, string>;

async function act(): Promise<unknown> {
  if (action === 'builds') return { builds: await ci.builds(5), waiting: await ci.waiting() };
  const controller = new AbortController();
  const lines: string[] = [];
  const request = await ci.force('train', given);
  if (action === 'interrupt') {
    setTimeout(() => {
      controller.abort();
    }, 3_000);
  }
  const result = await followRequest(ci, request, controller.signal, (line) => lines.push(line));
  return { result, lines };
}

try {
  console.log(JSON.stringify(await act()));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.log(JSON.stringify({ problem: error.problem, exitCode: error.exitCode }));
}
