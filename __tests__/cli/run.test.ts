import { describe, expect, it } from '@jest/globals';
import { run } from '../../cli/src/run';

describe('running a command', () => {
  it('returns its output', async () => {
    await expect(run('printf', ['a\nb'])).resolves.toEqual({ stdout: 'a\nb', exitCode: 0 });
  });

  it('reports lines of both streams', async () => {
    const lines: string[] = [];
    await run('sh', ['-c', 'echo out; sleep 0.05; echo err >&2'], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['out', 'err']);
  });

  it('fails with the end of the output', async () => {
    await expect(run('sh', ['-c', 'echo why >&2; exit 3'])).rejects.toThrow('why');
  });

  it('takes an allowed exit code as an answer', async () => {
    await expect(run('sh', ['-c', 'exit 2'], { allow: [0, 2] })).resolves.toMatchObject({ exitCode: 2 });
  });

  it('names a command that does not exist', async () => {
    await expect(run('no-such-command', [])).rejects.toThrow('no-such-command');
  });

  it('passes exactly one interrupt on, and waits for the clean end', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const script = `n=0; trap 'n=$((n+1)); echo "interrupt $n"; sleep 0.1; exit 0' INT
      echo ready; while :; do sleep 0.02; done`;
    const running = run('sh', ['-c', script], {
      signal: controller.signal,
      onLine: (line) => {
        lines.push(line);
        if (line === 'ready') controller.abort();
      },
    });
    await expect(running).rejects.toThrow('Interrupted.');
    expect(lines).toEqual(['ready', 'interrupt 1']);
  });

  it('does not start once interrupted', async () => {
    await expect(run('sh', ['-c', 'echo no'], { signal: AbortSignal.abort() })).rejects.toThrow(
      'Interrupted.',
    );
  });
});
