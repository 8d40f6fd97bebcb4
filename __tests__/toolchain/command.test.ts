import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../../toolchain/command';
import { execute } from '../../toolchain/process';

/** A zombie, which nobody may reap in a container, does not run. */
const runs = (pid: number) => {
  const status = `/proc/${String(pid)}/status`;
  return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
};

describe('running a command', () => {
  it('returns its output', async () => {
    await expect(runCommand('printf', ['a\nb'])).resolves.toEqual({ stdout: 'a\nb', exitCode: 0 });
  });

  it('passes input', async () => {
    await expect(runCommand('cat', [], { input: 'a\n' })).resolves.toMatchObject({ stdout: 'a' });
  });

  it('adds to the environment', async () => {
    const { stdout } = await runCommand('sh', ['-c', 'echo "$ADDED $HOME"'], { env: { ADDED: 'yes' } });
    expect(stdout).toBe(`yes ${process.env.HOME ?? ''}`);
  });

  it('reports lines from both streams', async () => {
    const lines: string[] = [];
    await runCommand('sh', ['-c', 'echo out; sleep 0.05; echo err >&2'], {
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['out', 'err']);
  });

  it('fails with the end of the output, and only that', async () => {
    const failing = runCommand('sh', ['-c', 'seq 100; echo why >&2; exit 3']);
    await expect(failing).rejects.toThrow('99\n100\nwhy');
    await expect(failing).rejects.not.toThrow('\n50\n');
  });

  it('accepts an allowed exit code', async () => {
    await expect(runCommand('sh', ['-c', 'exit 2'], { allow: [0, 2] })).resolves.toMatchObject({
      exitCode: 2,
    });
  });

  it('names a command that does not exist', async () => {
    await expect(runCommand('no-such-command', [])).rejects.toThrow('no-such-command');
  });

  it('starts it in its own process group', async () => {
    const { stdout } = await runCommand('sh', ['-c', 'cut -d" " -f5 /proc/$$/stat; echo $$']);
    const [group, pid] = stdout.split('\n');
    expect(group).toBe(pid);
  });

  it('passes on exactly one interrupt and waits for a clean exit', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const script = `n=0; trap 'n=$((n+1)); echo "interrupt $n"; sleep 0.1; exit 0' INT
      echo ready; while :; do sleep 0.02; done`;
    const running = runCommand('sh', ['-c', script], {
      signal: controller.signal,
      onLine: (line) => {
        lines.push(line);
        if (line === 'ready') controller.abort();
      },
    });
    await expect(running).rejects.toThrow('was interrupted');
    expect(lines).toEqual(['ready', 'interrupt 1']);
  });

  it('kills what ignores SIGTERM when terminating', async () => {
    const controller = new AbortController();
    const running = runCommand('sh', ['-c', `trap '' TERM; echo ready; while :; do sleep 0.1; done`], {
      signal: controller.signal,
      onAbort: 'terminate',
      grace: 100,
      onLine: () => {
        controller.abort();
      },
    });
    await expect(running).rejects.toThrow('was interrupted');
  });

  it('does not start once interrupted', async () => {
    const lines: string[] = [];
    const running = runCommand('sh', ['-c', 'echo no'], {
      signal: AbortSignal.abort(),
      onLine: (line) => lines.push(line),
    });
    await expect(running).rejects.toThrow('was interrupted');
    expect(lines).toEqual([]);
  });
});

describe('running a build step', () => {
  it('returns what it wrote to stdout', async () => {
    await expect(execute('sh', ['-c', 'echo out; echo err >&2'])).resolves.toBe('out');
  });

  it('fails with a preparation error', async () => {
    await expect(execute('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toMatchObject({
      kind: 'commandFailed',
      problem: { got: 'why' },
    });
  });

  it('kills everything that it started when aborted', async () => {
    const controller = new AbortController();
    let grandchild = 0;
    const running = execute('sh', ['-c', 'sleep 60 & echo $!; wait'], {
      signal: controller.signal,
      report: (line) => {
        grandchild = Number(line);
        controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ kind: 'interrupted' });
    await sleep(50);
    expect(grandchild).toBeGreaterThan(0);
    expect(runs(grandchild)).toBe(false);
  });
});
