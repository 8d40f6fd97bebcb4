import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import type { Holder } from '../../rollout/ports';
import { processes, thisMachine, whoAmI } from '../../cli/src/identity';

describe('the user', () => {
  it('has a name even if the uid has no passwd entry', () => {
    const missing = () => {
      throw new Error('ENOENT: no such file or directory, uv_os_get_passwd');
    };
    expect(whoAmI(missing)).toMatch(new RegExp(`^.+@${hostname()}$`));
  });
});

describe('a process', () => {
  const { self, ...known } = processes();
  const liveness = (holder: Holder) => known.liveness(holder);
  const me = { ...self, command: 'test' };

  it('is alive while it runs, and dead afterwards', async () => {
    const child = spawn('sleep', ['30']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const parts = self.incarnation.split('/');
    const holder = { ...me, pid, incarnation: [...parts.slice(0, 3), thisMachine.startOf(pid)].join('/') };
    expect(liveness(holder)).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(liveness(holder)).toBe('dead');
  });

  it('is not confused with a later one of the same pid', () => {
    const [machine, boot, namespace] = self.incarnation.split('/');
    expect(liveness({ ...me, incarnation: [machine, boot, namespace, '1'].join('/') })).toBe('dead');
  });

  it.each([
    ['of another host', { host: 'elsewhere' }],
    ['of another machine with this host’s name', { incarnation: 'other/boot/1/1' }],
  ])('%s is never called dead', (_, other) => {
    expect(liveness({ ...me, ...other })).toBe('unknown');
  });

  it('of another PID namespace is never called dead, but one of an earlier boot is', () => {
    const [machine = '', boot = '', , start = ''] = self.incarnation.split('/');
    expect(liveness({ ...me, incarnation: [machine, boot, 'other', start].join('/') })).toBe('unknown');
    expect(liveness({ ...me, incarnation: [machine, 'earlier', 'other', start].join('/') })).toBe('dead');
  });
});
