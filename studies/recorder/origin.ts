import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

import { checkedOutCommit } from '../../toolchain/commit';

/** Where a recorded figure comes from. */
export interface Origin {
  readonly command: string;
  /** ISO date. */
  readonly date: string;
  /** Full hash, and whether the tree differed from it. */
  readonly commit: string;
  /** In words. */
  readonly machine: string;
}

/** Of what runs: a later commit may be checked out by the time that a long study ends. */
const commitAtStart = commit();

/** @param processor Whether to name the processor, for figures of speed. */
export function originOf(command: string, { processor = false } = {}): Origin {
  return {
    command,
    date: new Date().toISOString().slice(0, 10),
    commit: commitAtStart,
    machine: machine(processor),
  };
}

/** The sentence that introduces the figures of one run. */
export function originInWords({ command, date, commit, machine }: Origin): string {
  return `Measured by \`${command}\` on ${date} at commit ${shortCommit(commit)}: ${machine}.`;
}

export function shortCommit(commit: string): string {
  return commit.replace(/^([0-9a-f]{10})[0-9a-f]*/, '$1');
}

function commit(): string {
  // What the studies write themselves does not count.
  const { hash = 'unknown', isDirty } = checkedOutCommit(['docs/results']);
  return hash + (isDirty ? ' with uncommitted changes' : '');
}

function machine(processor: boolean): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const system = /PRETTY_NAME="(.+)"/.exec(release)?.[1] ?? process.platform;
  const model = processor ? ` (${cpus()[0]?.model.trim() ?? 'unknown processor'})` : '';
  return `${cpus().length} cores${model}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${system}, shared`;
}
