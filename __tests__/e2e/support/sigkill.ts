import type { Kill } from '../../support/killed-requests';
import { nginxWorkers, nodeProcesses, taskPid } from '../../support/node-processes';
import { eventually } from '../../support/within';
import { engine } from './cluster';
import { name } from './platform';
import { containers, type Container, type Replicated } from './replicated';

/** A container that was killed. */
export interface Restarted extends Kill {
  /** From the signal until it was ready again, seconds. */
  readonly readyAgain: number;
}

const RESTART_SECONDS = 90;
const WORKER_SECONDS = 15;

/** Runs a program on the cluster's node. */
const onNode = (...command: string[]) => engine('exec', `${name}-control-plane`, ...command);

/** The first process of a container, in the node's numbers. */
function firstProcess({ id }: Container): number {
  return taskPid(onNode('ctr', '--namespace', 'k8s.io', 'tasks', 'list'), id);
}

function workers(container: Container): readonly number[] {
  const stat = onNode('sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null || true');
  return nginxWorkers(nodeProcesses(stat), firstProcess(container));
}

function kill(...pids: readonly number[]): Kill {
  const script = 'date +%s%3N; kill -9 "$@"; date +%s%3N';
  const [before, after] = onNode('sh', '-c', script, 'kill', ...pids.map(String))
    .split(/\s+/)
    .map(Number);
  if (!before || !after) throw new Error(`the node's clock could not be read; pids: ${pids.join(', ')}`);
  return { before, after };
}

/** Kills every process of a container, and waits until it is ready again. */
export async function killContainer(pods: Replicated, container: Container): Promise<Restarted> {
  const killed = kill(firstProcess(container));
  const what = `the restart of the container of ${container.pod}`;
  const readyAt = await eventually(
    RESTART_SECONDS,
    what,
    async (seen) => {
      const found = (await containers(pods)).find(({ pod }) => pod === container.pod);
      const now = Date.now();
      seen(JSON.stringify(found ?? 'the pod is gone'));
      return found?.isReady === true && found.restarts > container.restarts ? now : undefined;
    },
    100,
  );
  return { ...killed, readyAgain: (readyAt - killed.after) / 1000 };
}

/** Kills the process that holds the requests of a gateway pod, and waits until nginx has started another. */
export async function killWorkers(container: Container): Promise<Kill> {
  const former = workers(container);
  if (former.length === 0) throw new Error(`pod ${container.pod} has no nginx worker`);
  const killed = kill(...former);
  await eventually(WORKER_SECONDS, `another nginx worker in ${container.pod}`, (seen) => {
    const now = workers(container);
    seen(`workers ${now.join(', ')}, killed ${former.join(', ')}`);
    return Promise.resolve(now.length > 0 && now.every((pid) => !former.includes(pid)) ? true : undefined);
  });
  return killed;
}
