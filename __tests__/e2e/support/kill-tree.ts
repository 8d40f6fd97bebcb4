import { readdirSync, readFileSync } from 'node:fs';

/** Kills a process and all its descendants at once, as a machine that loses power does. */
export function killTree(pid: number): void {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const descends = (each: number): boolean =>
    each === pid || (parents.has(each) && descends(parents.get(each) ?? 0));
  for (const each of [...parents.keys()].filter(descends)) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}
