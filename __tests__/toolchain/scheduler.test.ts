import { describe, expect, test } from '@jest/globals';
import { schedule, type Task } from '../../toolchain/scheduler';

/** Records starts and ends; each task lasts until a few turns of the event loop later. */
function recorder() {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const task = (id: string, changes: Partial<Task> = {}): Task => ({
    id,
    title: id,
    done: () => false,
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      log.push(`+${id}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`-${id}`);
      running -= 1;
    },
    ...changes,
  });
  return { log, task, most: () => most };
}

const runAll = (tasks: readonly Task[], signal = new AbortController().signal) => {
  const scheduler = schedule(tasks, signal);
  return Promise.all(tasks.map((task) => scheduler.run(task)));
};

describe('a scheduler', () => {
  test('starts a task only after its dependencies', async () => {
    const { log, task } = recorder();
    await runAll([task('second', { dependsOn: ['first'] }), task('first')]);
    expect(log).toEqual(['+first', '-first', '+second', '-second']);
  });

  test('runs no more than two heavy tasks at once', async () => {
    const { task, most } = recorder();
    await runAll(['a', 'b', 'c', 'd'].map((id) => task(id, { heavy: true })));
    expect(most()).toBe(2);
  });

  test('does not hold back light tasks', async () => {
    const { task, most } = recorder();
    await runAll(['a', 'b', 'c', 'd'].map((id) => task(id)));
    expect(most()).toBe(4);
  });

  test('starts the heavy task with the most dependents first', async () => {
    const { log, task } = recorder();
    const heavy = { heavy: true };
    await runAll([
      task('a', heavy),
      task('b', heavy),
      task('root', heavy),
      task('leaf', { dependsOn: ['root'] }),
    ]);
    expect(log.slice(0, 2)).toEqual(['+root', '+a']);
  });

  test('skips a finished task and what only it needed', async () => {
    const { log, task } = recorder();
    const done = task('done', { done: () => true, dependsOn: ['need'] });
    const need = task('need');
    await schedule([done, need], new AbortController().signal).run(done);
    expect(log).toEqual([]);
  });

  test('does not start dependents of a failed task', async () => {
    const { log, task } = recorder();
    const failing = task('failing', { run: () => Promise.reject(new Error('broken')) });
    await expect(runAll([failing, task('next', { dependsOn: ['failing'] })])).rejects.toThrow('broken');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(log).toEqual([]);
  });

  test('frees the slot of a failed heavy task', async () => {
    const { log, task } = recorder();
    const failing = (id: string) => task(id, { heavy: true, run: () => Promise.reject(new Error('broken')) });
    const tasks = [failing('a'), failing('b'), task('c', { heavy: true })];
    const scheduler = schedule(tasks, new AbortController().signal);
    await Promise.allSettled(tasks.map((each) => scheduler.run(each)));
    expect(log).toEqual(['+c', '-c']);
  });

  test('starts nothing once interrupted', async () => {
    const { log, task } = recorder();
    const abort = new AbortController();
    abort.abort();
    await expect(runAll([task('a')], abort.signal)).rejects.toThrow('Interrupted.');
    expect(log).toEqual([]);
  });
});
