import { describe, expect, it } from '@jest/globals';
import { nginxWorkers, nodeProcesses, taskPid } from './node-processes';

const STAT = `1 (systemd) S 0 1 1 0 -1
700 (containerd-shim) S 1 700 1 0 -1
710 (sh) S 700 710 710 0 -1
720 (nginx) S 710 720 710 0 -1
721 (nginx) S 720 720 710 0 -1
730 (sleep) S 710 730 710 0 -1
810 (a (strange) name) S 700 810 810 0 -1
820 (nginx) S 810 820 810 0 -1
821 (nginx) S 820 820 810 0 -1
`;

describe('processes of a node', () => {
  it('are read from /proc, whatever their names hold', () => {
    const found = nodeProcesses(STAT);
    expect(found).toHaveLength(9);
    expect(found).toContainEqual({ pid: 810, parent: 700, name: 'a (strange) name' });
  });

  it('name the workers of one container, not its master or those of another', () => {
    expect(nginxWorkers(nodeProcesses(STAT), 710)).toEqual([721]);
    // A container whose first process is nginx.
    expect(nginxWorkers(nodeProcesses(STAT), 720)).toEqual([721]);
    expect(nginxWorkers(nodeProcesses(STAT), 999)).toEqual([]);
  });

  it('name the first one of a container that runs', () => {
    const list = 'TASK    PID    STATUS\nabc     710    RUNNING\nabcd    810    STOPPED\n';
    expect(taskPid(list, 'abc')).toBe(710);
    expect(() => taskPid(list, 'abcd')).toThrow('containerd runs no container abcd');
  });
});
