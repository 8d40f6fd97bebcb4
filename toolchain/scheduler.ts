import { interrupted } from './errors';

/** One unit of preparation. */
export interface Task {
  readonly id: string;
  readonly title: string;
  /** Ids of tasks that have to be finished first. */
  readonly dependsOn?: readonly string[];
  /** Counts against the limit of heavy tasks. @default false */
  readonly heavy?: boolean;
  /** Whether there is nothing to do; judged by what exists. */
  done(): boolean | Promise<boolean>;
  run(report: (line: string) => void, signal: AbortSignal): Promise<void>;
}

export interface Progress {
  readonly started?: (task: Task) => void;
  readonly line?: (task: Task, line: string) => void;
  /** @param seconds that the task itself worked; undefined when there was nothing to do */
  readonly finished?: (task: Task, seconds: number | undefined) => void;
}

/** Tasks that keep a processor busy, at the same time. More only slows each other down and eats memory. */
const HEAVY_AT_ONCE = 2;

/** How long tasks that are asked for together may take to queue up, in milliseconds. */
const SETTLE = 20;

/** A scheduler whose {@link Scheduler.run} may be called for each task separately, in any order. */
export interface Scheduler {
  /** Resolves when a task and all that it depends on are finished; each is started once. */
  run(task: Task): Promise<void>;
}

/**
 * Starts tasks as soon as what they depend on is finished; light ones at once, heavy ones in turn, those that most
 * other work waits for first.
 * @throws the first failure; tasks that depend on a failed one are not started
 */
export function schedule(tasks: readonly Task[], signal: AbortSignal, progress: Progress = {}): Scheduler {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const running = new Map<string, Promise<void>>();
  const slots = createSlots(HEAVY_AT_ONCE);
  const urgency = new Map(tasks.map((task) => [task.id, waitingFor(task.id, tasks).size]));

  const run = (task: Task): Promise<void> => {
    const found = running.get(task.id);
    if (found) return found;
    const promise = perform(task);
    running.set(task.id, promise);
    return promise;
  };

  const perform = async (task: Task): Promise<void> => {
    if (await task.done()) {
      progress.finished?.(task, undefined);
      return;
    }
    const needs = (task.dependsOn ?? []).map((id) => byId.get(id)).filter((need) => need !== undefined);
    await Promise.all(needs.map(run));
    const release = task.heavy === true ? await slots.take(urgency.get(task.id) ?? 0) : () => undefined;
    try {
      if (signal.aborted) throw interrupted();
      progress.started?.(task);
      const start = performance.now();
      await task.run((line) => progress.line?.(task, line), signal);
      progress.finished?.(task, (performance.now() - start) / 1000);
    } finally {
      release();
    }
  };

  return { run };
}

/** Ids of all tasks that cannot start before one is finished. */
function waitingFor(id: string, tasks: readonly Task[]): Set<string> {
  const direct = tasks.filter((task) => task.dependsOn?.includes(id) === true);
  return new Set(direct.flatMap((task) => [task.id, ...waitingFor(task.id, tasks)]));
}

function createSlots(count: number) {
  let free = count;
  const queue: { urgency: number; start: () => void }[] = [];
  const serve = () => {
    queue.sort((a, b) => b.urgency - a.urgency);
    while (free > 0) {
      const next = queue.shift();
      if (!next) return;
      free -= 1;
      next.start();
    }
  };
  const release = () => {
    free += 1;
    serve();
  };
  return {
    take: async (urgency: number): Promise<() => void> => {
      await new Promise<void>((start) => {
        queue.push({ urgency, start });
        // Later, so that tasks which become ready together are compared before the first one starts.
        setTimeout(serve, SETTLE);
      });
      return release;
    },
  };
}
