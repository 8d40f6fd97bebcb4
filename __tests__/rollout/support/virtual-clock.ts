import { START } from './memory-ports';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only when everybody sleeps. */
export class VirtualClock {
  #elapsed = 0;
  #sleepers: Sleeper[] = [];
  /** Seconds by which `now` is ahead. */
  error = 0;

  now = (): Date => new Date(START.getTime() + (this.#elapsed + this.error) * 1000);
  elapsed = (): number => this.#elapsed;

  sleep = (seconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const leave = () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#elapsed + seconds, wake: leave };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', leave);
    });

  /** Lets so many seconds pass. */
  async pass(seconds: number): Promise<void> {
    const end = this.#elapsed + seconds;
    for (;;) {
      await settled();
      const next = this.#sleepers.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#elapsed = next.at;
      next.wake();
    }
    this.#elapsed = end;
  }
}

/** Everything that follows without time passing has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
