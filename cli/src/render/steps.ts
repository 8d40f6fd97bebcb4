import { Listr, PRESET_TIMER, type ListrTask } from 'listr2';

/** One visible unit of work. */
export interface Step {
  readonly title: string;
  /** A reason to leave the step out, or false. */
  skip?(): string | false | Promise<string | false>;
  /** Reports lines while it works; may return a new title that says what came of it. */
  run?(report: (line: string) => void): Promise<string | undefined> | Promise<void>;
  /** Smaller steps, all started at once; each waits for what it needs. */
  readonly steps?: () => Promise<readonly Step[]> | readonly Step[];
}

/** Steps that work while others run, and are shown where they are waited for. */
export interface Meanwhile {
  readonly start: () => void;
  /** Starts them if nobody has. A failure is theirs, and is told here. */
  readonly steps: () => Promise<readonly Step[]>;
}

export function meanwhile(make: () => Promise<readonly Step[]>): Meanwhile {
  let working: Promise<readonly Step[]> | undefined;
  const start = () => (working ??= make().then((steps) => steps.map(begun)));
  return {
    start: () => void start().catch(() => undefined),
    steps: start,
  };
}

function begun(step: Step): Step {
  let last = '';
  const work = async () => {
    const title = await step.run?.((line) => (last = line));
    return typeof title === 'string' ? title : undefined;
  };
  const done = work();
  // Nobody waits for it yet, or ever if a step before it fails.
  done.catch(() => undefined);
  return {
    title: step.title,
    run: (report) => {
      report(last);
      return done;
    },
  };
}

/** Shows steps as a live task list on a terminal and as plain lines elsewhere, each with its elapsed time. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  const list = new Listr(steps.map(toTask), {
    concurrent: false,
    exitOnError: true,
    renderer: 'default',
    fallbackRenderer: 'simple',
    fallbackRendererCondition: () => !process.stdout.isTTY || process.env.CI !== undefined,
    // Ctrl-C is handled in one place: main.ts.
    registerSignalListeners: false,
    rendererOptions: {
      timer: PRESET_TIMER,
      collapseSubtasks: true,
      collapseErrors: true,
      showErrorMessage: false,
    },
    fallbackRendererOptions: { timer: PRESET_TIMER },
  });
  try {
    await list.run();
  } catch (error) {
    throw error instanceof StepFailed ? error.cause : error;
  }
}

/** Shown beside the step: what went wrong in one line. The whole story is told once, at the end. */
class StepFailed extends Error {
  constructor(cause: unknown) {
    super((cause instanceof Error ? cause.message : String(cause)).split('\n')[0], { cause });
  }
}

function toTask(step: Step): ListrTask {
  return {
    title: step.title,
    ...(step.skip ? { skip: async () => (await step.skip?.()) ?? false } : {}),
    rendererOptions: { outputBar: 1 },
    task: async (_context, task) => {
      if (step.steps) {
        const children = await step.steps();
        return task.newListr(children.map(toTask), { concurrent: true, exitOnError: true });
      }
      const report = (line: string) => {
        if (line.trim() !== '') task.output = line;
      };
      try {
        const title = await step.run?.(report);
        if (typeof title === 'string') task.title = title;
      } catch (error) {
        throw new StepFailed(error);
      }
      return undefined;
    },
  };
}
