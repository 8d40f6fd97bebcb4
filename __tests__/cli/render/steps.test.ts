import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { meanwhile, runSteps } from '../../../cli/src/render/steps';
import { table } from '../../../cli/src/render/table';
import { restoreEnv, stubEnv } from '../../support/env';

let printed: string;

beforeEach(() => {
  printed = '';
  stubEnv({ CI: 'true' });
  const keep = (...parts: unknown[]) => {
    printed += `${parts.map(String).join(' ')}\n`;
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  jest.spyOn(console, 'log').mockImplementation(keep);
});

afterEach(() => {
  jest.restoreAllMocks();
  restoreEnv();
});

describe('steps without a terminal', () => {
  it('are plain lines with progress and result', async () => {
    await runSteps([
      {
        title: 'Apply stack ci',
        run: (report) => {
          report('helm_release.train: Creating...');
          return Promise.resolve('Applied stack ci');
        },
      },
    ]);
    expect(printed).toContain('Apply stack ci');
    expect(printed).toContain('helm_release.train: Creating...');
    expect(printed).toContain('Applied stack ci');
    expect(printed).not.toContain('\u001b[2K');
  });

  it('stop at the first failure', async () => {
    const later = jest.fn<() => Promise<void>>();
    const steps = [
      { title: 'first', run: () => Promise.reject(new Error('no engine')) },
      { title: 'second', run: later },
    ];
    await expect(runSteps(steps)).rejects.toThrow('no engine');
    expect(later).not.toHaveBeenCalled();
  });

  it('say in one line what failed and leave details to the end', async () => {
    const failing = { title: 'first', run: () => Promise.reject(new Error('no engine\n  fix: install one')) };
    await expect(runSteps([failing])).rejects.toThrow('fix: install one');
    expect(printed).toContain('no engine');
    expect(printed).not.toContain('fix: install one');
  });

  it('run their substeps concurrently', async () => {
    let open = 0;
    let most = 0;
    const child = {
      title: 'child',
      run: async () => {
        most = Math.max(most, (open += 1));
        await new Promise((resolve) => setTimeout(resolve, 20));
        open -= 1;
      },
    };
    await runSteps([{ title: 'all', steps: () => [child, child, child] }]);
    expect(most).toBe(3);
  });
});

describe('steps that work meanwhile', () => {
  const loading = () => {
    const order: string[] = [];
    let finish = (): void => undefined;
    const loaded = new Promise<void>((resolve) => (finish = resolve));
    const run = async (report: (line: string) => void) => {
      order.push('load begins');
      report('half of it');
      await loaded;
      order.push('load ends');
    };
    return { order, finish, steps: meanwhile(() => Promise.resolve([{ title: 'load platform', run }])) };
  };

  it('run beside the steps after their start, and are waited for once', async () => {
    const { order, finish, steps } = loading();
    await runSteps([
      {
        title: 'write',
        run: () => {
          steps.start();
          return Promise.resolve();
        },
      },
      {
        title: 'apply',
        run: async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          order.push('apply');
          finish();
        },
      },
      { title: 'load', steps: steps.steps },
      {
        title: 'train',
        run: () => {
          order.push('train');
          return Promise.resolve();
        },
      },
    ]);
    expect(order).toEqual(['load begins', 'apply', 'load ends', 'train']);
    expect(printed).toContain('load platform');
    expect(printed).toContain('half of it');
  });

  it('start where they are waited for if nobody started them', async () => {
    const { order, finish, steps } = loading();
    finish();
    await runSteps([{ title: 'load', steps: steps.steps }]);
    expect(order).toEqual(['load begins', 'load ends']);
  });

  it('tell a failure where they are waited for', async () => {
    const applied = jest.fn(() => Promise.resolve());
    const run = (): Promise<void> => Promise.reject(new Error('no space left'));
    const steps = meanwhile(() => Promise.resolve([{ title: 'load platform', run }]));
    steps.start();
    const all = runSteps([
      { title: 'apply', run: applied },
      { title: 'load', steps: steps.steps },
    ]);
    await expect(all).rejects.toThrow('no space left');
    expect(applied).toHaveBeenCalled();
  });

  it('tell a failure of finding them where they are waited for', async () => {
    const steps = meanwhile(() => Promise.reject(new Error('no node')));
    steps.start();
    await expect(runSteps([{ title: 'load', steps: steps.steps }])).rejects.toThrow('no node');
  });
});

describe('a table', () => {
  it('aligns its columns', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '10'],
          ['longer', '2'],
        ],
      ),
    ).toBe('name    n\na       10\nlonger  2');
  });
});
