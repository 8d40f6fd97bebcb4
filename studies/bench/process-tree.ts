import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc: USER_HZ, 100 on every Linux that Node runs on. Source: proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;
/** Source: proc_pid_status(5). */
const BYTES_PER_KB = 1024;

/** A process and all that descend from it. */
export function processTree(pid: number): number[] {
  const children = threads(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(processTree)];
}

/** Seconds of processor time, user and system, of all threads of the processes, and of children that ended. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticks(read(`/proc/${pid}/stat`)), 0) / TICKS_PER_SECOND;
}

/** Resident memory of the processes in bytes. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentKb(read(`/proc/${pid}/status`)), 0) * BYTES_PER_KB;
}

/** utime + stime + cutime + cstime of a line of /proc/<pid>/stat; the second field may hold spaces and brackets. */
export function ticks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

export function residentKb(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

/** Seconds that a core has been busy, for anybody. Source: proc_stat(5), all columns but idle and iowait. */
export function busySeconds(core: number): number {
  return busyTicks(read('/proc/stat'), core) / TICKS_PER_SECOND;
}

/** user, nice, system, irq, softirq and steal of a core in /proc/stat; guest time is part of user. */
export function busyTicks(stat: string, core: number): number {
  const line = stat.split('\n').find((each) => each.startsWith(`cpu${core} `)) ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(' ')
    .slice(1)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty when the process is gone. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
