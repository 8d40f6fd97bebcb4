import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from './errors';

/** Poll interval of a waiting process, in milliseconds. */
const INTERVAL = 300;

/** `pid-start`: distinguishes a process from a later one with the same pid. */
export function processIdentity(pid: number = process.pid): string {
  return `${String(pid)}-${startTime(pid) ?? '0'}`;
}

/** Whether a process is still running. */
export function isAlive(identity: string): boolean {
  const [pid = '', start] = identity.split('-');
  if (!/^\d+$/.test(pid)) return false;
  const now = startTime(Number(pid));
  if (now !== undefined) return now === start;
  try {
    process.kill(Number(pid), 0);
    return start === '0';
  } catch {
    return false;
  }
}

/** Start of a process in clock ticks since boot, if known. Source: proc(5), stat field 22. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The second field is a name in parentheses that may contain spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Takes a lock file, waiting while another live process holds it; a dead holder's lock is taken over.
 * @returns releases the lock
 * @throws PreparationError interrupted
 */
export async function takeLock(
  file: string,
  signal: AbortSignal,
  onWait: (holder: string) => void = () => undefined,
): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = processIdentity();
  const draft = `${file}.${mine}`;
  let told = false;
  for (;;) {
    if (signal.aborted) throw interrupted();
    // A link appears atomically with its content.
    writeFileSync(draft, mine);
    try {
      linkSync(draft, file);
      return () => {
        rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) {
      removeDeadLock(file, draft, holder);
      continue;
    }
    if (!told && holder !== undefined) onWait(holder);
    told = true;
    await sleep(INTERVAL);
  }
}

/** Another waiter may have taken over the lock since it was read: then it is restored. */
function removeDeadLock(file: string, draft: string, dead: string): void {
  const aside = `${draft}.dead`;
  try {
    renameSync(file, aside);
    if (holderOf(aside) !== dead) linkSync(aside, file);
  } catch {
    // Another process was first.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Identity of the holder of a lock, or undefined. */
function holderOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
