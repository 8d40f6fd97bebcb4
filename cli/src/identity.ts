import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import type { Holder, Liveness, Processes } from '../../rollout/ports';

/** `user@host`. A user id without an entry in passwd, as containers have, is named by its number. */
export function whoAmI(readUser: () => string = () => userInfo().username): string {
  return `${userName(readUser)}@${hostname()}`;
}

function userName(readUser: () => string): string {
  try {
    return readUser();
  } catch {
    return process.env.USER ?? process.env.LOGNAME ?? `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The name recorded in the history; CI sets MLOPS_USER. */
export function actor(): string {
  return process.env.MLOPS_USER ?? whoAmI();
}

/** What /proc says about a process; undefined or empty where there is no /proc. */
export interface ProcessTable {
  readonly host: string;
  /** Machine, boot and PID namespace that the process ids belong to. */
  readonly machine: string;
  readonly boot: string;
  readonly namespace: string;
  /** When a process started, in ticks since boot; undefined when there is no such process. */
  readonly startOf: (pid: number) => string | undefined;
}

export const thisMachine: ProcessTable = {
  host: hostname(),
  machine: readText('/etc/machine-id'),
  boot: readText('/proc/sys/kernel/random/boot_id'),
  namespace: namespaceOf('self'),
  startOf: (pid) => {
    if (existsSync('/proc/self/stat')) return startTicks(pid);
    try {
      process.kill(pid, 0);
      return '';
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH' ? undefined : '';
    }
  },
};

/** This process, and whether others are alive; a process on another machine is never considered dead. */
export function processes(table: ProcessTable = thisMachine): Processes {
  const incarnation = (start: string) => [table.machine, table.boot, table.namespace, start].join('/');
  return {
    self: {
      who: whoAmI(),
      host: table.host,
      pid: process.pid,
      incarnation: incarnation(table.startOf(process.pid) ?? ''),
    },
    liveness: ({ host, pid, incarnation: theirs }: Holder): Liveness => {
      const [machine, boot, namespace, start] = theirs.split('/');
      if (host !== table.host || machine !== table.machine) return 'unknown';
      if (boot !== table.boot) return 'dead';
      if (namespace !== table.namespace) return 'unknown';
      return table.startOf(pid) === start ? 'alive' : 'dead';
    },
  };
}

/** A Terraform or OpenTofu process on this machine, or one of its providers. */
export interface TerraformProcess {
  readonly pid: number;
  /** Undefined when it belongs to another user. */
  readonly folder: string | undefined;
}

/** @returns undefined where processes cannot be listed */
export function terraformProcesses(): readonly TerraformProcess[] | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) =>
      /^(terraform|tofu)/.test(basename(readText(`/proc/${pid}/cmdline`).split('\0')[0] ?? '')),
    )
    .map((pid) => ({ pid: Number(pid), folder: linkOf(`/proc/${pid}/cwd`) }));
}

/** Field 22 of /proc/PID/stat; the name in field 2 may contain anything. A zombie counts as dead. */
function startTicks(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || state === 'Z' ? undefined : fields[18];
}

function namespaceOf(pid: string): string {
  return linkOf(`/proc/${pid}/ns/pid`)?.replaceAll(/\D/g, '') ?? '';
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // The process has ended, or belongs to another user.
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
