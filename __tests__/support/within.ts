import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../../contracts/reason';

/** A line of what a long test does, with the time. */
export function progress(line: string): void {
  process.stdout.write(`  ${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/**
 * Waits for something, not longer than `seconds`.
 * @param work is given up by its signal; it is not waited for after that
 * @param seen what was seen last, for the error
 * @throws Error that says what was awaited, for how long, and what was seen last
 */
export async function within<T>(
  seconds: number,
  awaited: string,
  work: (signal: AbortSignal) => Promise<T>,
  seen: () => string = () => 'nothing',
): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(() => {
    patience.abort();
  }, seconds * 1000);
  const started = Date.now();
  const late = new Promise<never>((_, reject) => {
    patience.signal.addEventListener('abort', () => {
      reject(new Error(`waited ${String(seconds)} s for ${awaited}; seen last: ${seen()}`));
    });
  });
  try {
    return await Promise.race([
      late,
      work(patience.signal).catch((error: unknown) => {
        const after = ((Date.now() - started) / 1000).toFixed(1);
        throw new Error(`${awaited}, after ${after} s: ${reasonOf(error)}`, { cause: error });
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Looks until a look gives something, not longer than `seconds`. A look that fails is no answer.
 * @throws Error that says what was awaited, for how long, and what was seen last
 */
export async function eventually<T>(
  seconds: number,
  awaited: string,
  look: (seen: (what: string) => void) => Promise<T | undefined>,
  everyMs = 250,
): Promise<T> {
  let last = 'nothing';
  const note = (what: string) => {
    last = what;
  };
  const follow = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        const found = await look(note);
        if (found !== undefined) return found;
      } catch (error) {
        note(`a look that failed: ${reasonOf(error)}`);
      }
      await sleep(everyMs);
    }
    throw new Error('given up');
  };
  return within(seconds, awaited, follow, () => last);
}
