/** A process of the cluster's node. */
export interface NodeProcess {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

/** Lines of /proc/PID/stat: a name may hold spaces and brackets, so it ends at the last bracket. */
export function nodeProcesses(stat: string): readonly NodeProcess[] {
  return stat.split('\n').flatMap((line) => {
    const [, pid, name = '', parent] = /^(\d+) \((.*)\) \S (\d+) /.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), name }];
  });
}

/**
 * The first process of a container, in the node's numbers.
 * @param list what `ctr tasks list` prints
 * @throws Error when the container does not run
 */
export function taskPid(list: string, container: string): number {
  for (const line of list.split('\n')) {
    const [id, pid = '', status] = line.trim().split(/\s+/);
    if (id === container && status === 'RUNNING') return Number(pid);
  }
  throw new Error(`containerd runs no container ${container}; it has:\n${list}`);
}

/** nginx' workers below a process: each is a child of another nginx. */
export function nginxWorkers(processes: readonly NodeProcess[], below: number): readonly number[] {
  const known = new Map(processes.map((each) => [each.pid, each]));
  const descends = ({ parent }: NodeProcess): boolean => {
    const up = known.get(parent);
    return parent === below || (up !== undefined && descends(up));
  };
  return processes
    .filter((each) => each.name === 'nginx' && known.get(each.parent)?.name === 'nginx' && descends(each))
    .map(({ pid }) => pid);
}
