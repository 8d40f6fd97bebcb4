import { missingTasks, type PreparationOptions } from './preparation';
import { requirePlatform } from './platform';
import { schedule, type Progress, type Task } from './scheduler';
import type { ImageSource } from './source';
import { sources } from './sources';
import { defaultStore } from './store';

/**
 * Tasks for missing tools and images; also cleans up after killed builds.
 * @throws PreparationError unsupportedPlatform
 */
export function preparationTasks(source: ImageSource, options: PreparationOptions = {}): Task[] {
  requirePlatform(source);
  const store = defaultStore();
  store.clean();
  return missingTasks(sources[source], store, options);
}

/** Runs tasks, at most two heavy ones at once. @throws the first failure, once nothing runs any more */
export async function runTasks(
  tasks: readonly Task[],
  signal: AbortSignal,
  progress: Progress = {},
): Promise<void> {
  const scheduler = schedule(tasks, signal, progress);
  const results = await Promise.allSettled(tasks.map((task) => scheduler.run(task)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** A task as a step of a task list. Steps wait for their dependencies: start all at once. */
export interface PreparationStep {
  readonly title: string;
  run(report: (line: string) => void): Promise<string>;
}

/** {@link preparationTasks} as steps that share one scheduler. */
export function preparationSteps(
  source: ImageSource,
  signal: AbortSignal,
  options: PreparationOptions = {},
): Promise<readonly PreparationStep[]> {
  const tasks = preparationTasks(source, options);
  const reports = new Map<string, (line: string) => void>();
  const seconds = new Map<string, number>();
  const scheduler = schedule(tasks, signal, {
    line: (task, line) => reports.get(task.id)?.(line),
    finished: (task, taken) => seconds.set(task.id, taken ?? 0),
  });
  const steps = tasks.map((task) => ({
    title: task.title,
    run: async (report: (line: string) => void) => {
      reports.set(task.id, report);
      await scheduler.run(task);
      return `${task.title}: ${(seconds.get(task.id) ?? 0).toFixed(1)} s of work`;
    },
  }));
  return Promise.resolve(steps);
}
