import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runSteps } from '../../../cli/src/render/steps';
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
