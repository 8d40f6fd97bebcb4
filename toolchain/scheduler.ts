import { interrupted } from './errors';

/** One unit of preparation. */
export interface Task {
  readonly id: string;
  readonly title: string;
  /** Ids of tasks that must finish first. */
  readonly dependsOn?: readonly string[];
  /** Counts against the limit of heavy tasks. @default false */
  readonly heavy?: boolean;
  /** Whether it is already done. */
  done(): boolean | Promise<boolean>;
  run(report: (line: string) => void, signal: AbortSignal): Promise<void>;
}

export interface Progress {
  readonly started?: (task: Task) => void;
  readonly line?: (task: Task, line: string) => void;
  /** @param seconds of work; undefined if the task was skipped */
  readonly finished?: (task: Task, seconds: number | undefined) => void;
}

/** How many heavy tasks run at once. More only slow each other down and use memory. */
const HEAVY_AT_ONCE = 2;

/** How long to wait for tasks requested together to queue up, in milliseconds. */
const SETTLE = 20;

/** A scheduler whose {@link Scheduler.run} may be called for each task separately, in any order. */
export interface Scheduler {
  /** Resolves when a task and its dependencies are finished; each is started once. */
  run(task: Task): Promise<void>;
}

/**
 * Starts tasks as soon as their dependencies are finished: light ones at once, heavy ones in turn, those that most
 * other tasks wait for first.
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
        // Deferred, so that tasks that become ready together are ranked before the first one starts.
        setTimeout(serve, SETTLE);
      });
      return release;
    },
  };
}
