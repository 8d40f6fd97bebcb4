import { readFileSync, readdirSync } from 'node:fs';

import { SERVICE, clusterName } from '../../../contracts/services';
import { NameServer } from '../../gateway/name-server';
import type { NginxProgram } from '../../gateway/nginx-program';
import { RunningGateway, eventually } from '../../gateway/running-gateway';

const SAMPLE_MILLISECONDS = 100;
const RELEASES = {
  schema: 1,
  models: { fraud: { versions: [{ version: '2', weight: 100, image: 'models/fraud:2' }] } },
};

/** The chart's gateway in front of a server, under the model's name. */
export interface Gateway {
  readonly port: number;
  /** Most memory of its processes together, shared pages once, as a pod is charged. */
  readonly peakMib: () => number;
  readonly stop: () => Promise<void>;
}

/** @param path that is answered once the gateway knows the model and the server's address */
export async function startGateway(
  program: NginxProgram,
  serverPort: number,
  model: string,
  path: string,
): Promise<Gateway> {
  const names = new NameServer();
  const pods = clusterName({ ...SERVICE.gateway, service: `${model}-v2` });
  names.addresses.set(pods, ['127.0.0.1']);
  const gateway = new RunningGateway(program, await names.start(), serverPort);
  gateway.releases(RELEASES);
  await gateway.start('renders a single version');
  gateway.configure('renders a single version', (text) => text.replaceAll('fraud', model));
  gateway.releases(JSON.parse(JSON.stringify(RELEASES).replaceAll('fraud', model)));
  await eventually(async () => (await gateway.ask(path)).status === 200, 10);
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, memoryOf(gateway.pid));
  }, SAMPLE_MILLISECONDS);
  return {
    port: gateway.port,
    peakMib: () => peak,
    stop: async () => {
      clearInterval(sampler);
      await gateway.dispose();
      names.stop();
    },
  };
}

/** Of the processes of one process group, in mebibytes. Source: proc(5), smaps_rollup. */
function memoryOf(group: number): number {
  let kib = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const [, fields = ''] = /\) (.*)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      if (Number(fields.split(' ')[2]) !== group) continue;
      const [, pss = '0'] =
        /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${entry}/smaps_rollup`, 'utf8')) ?? [];
      kib += Number(pss);
    } catch {
      // It has ended.
    }
  return kib / 1024;
}
