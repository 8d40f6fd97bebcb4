import { describe, expect, it } from '@jest/globals';
import { lead, leadershipSeen, type LeadershipEvent } from '../../../rollout/controller/leadership';
import { MemoryLeader } from '../support/memory-leader';
import { VirtualClock } from '../support/virtual-clock';

type Fault = (operation: 'read' | 'write') => void;

/** Controllers that want to lead, and what each says. */
function world() {
  const clock = new VirtualClock();
  const lease = new MemoryLeader();
  const working = new Set<string>();
  let mostAtOnce = 0;
  const start = (name: string, { fault, clockError = 0 }: { fault?: Fault; clockError?: number } = {}) => {
    const events: LeadershipEvent[] = [];
    const end = new AbortController();
    const now = () => new Date(clock.now().getTime() + clockError * 1000);
    const ended = lead(
      { store: lease.store(fault), clock: { now, elapsed: clock.elapsed, sleep: clock.sleep } },
      {
        name,
        isPredecessor: (holder) => holder.split('_')[0] === name.split('_')[0],
        seconds: 15,
        renewSeconds: 4,
        onEvent: (event) => void events.push(event),
      },
      end.signal,
      async (signal) => {
        working.add(name);
        mostAtOnce = Math.max(mostAtOnce, working.size);
        while (!signal.aborted) await clock.sleep(5, signal);
        working.delete(name);
      },
    );
    return {
      events,
      ended,
      stop: () => {
        end.abort();
      },
    };
  };
  return { clock, lease, working, start, mostAtOnce: () => mostAtOnce };
}

/** Makes every operation fail from now on, as for a process that is cut off. */
function cut() {
  let isCut = false;
  return {
    fault: () => {
      if (isCut) throw new Error('unreachable');
    },
    cut: () => {
      isCut = true;
    },
    mend: () => {
      isCut = false;
    },
  };
}

describe('of two controllers', () => {
  it('one leads, and goes on leading', async () => {
    const { clock, working, start, mostAtOnce } = world();
    start('a_1');
    start('b_1');
    await clock.pass(300);
    expect(working.size).toBe(1);
    expect(mostAtOnce()).toBe(1);
  });

  it('the other one leads at once when the leader ends', async () => {
    const { clock, working, start } = world();
    const a = start('a_1');
    await clock.pass(1);
    start('b_1');
    await clock.pass(20);
    a.stop();
    await clock.pass(5);
    expect([...working]).toEqual(['b_1']);
    expect(a.events.map(({ kind }) => kind)).toEqual(['leads', 'released']);
  });

  it('the other one leads within 20 s when the leader is cut off, which stops first', async () => {
    const { clock, working, start, mostAtOnce } = world();
    const link = cut();
    const a = start('a_1', { fault: link.fault });
    await clock.pass(1);
    start('b_1');
    await clock.pass(60);
    link.cut();
    await clock.pass(20);
    expect([...working]).toEqual(['b_1']);
    expect(mostAtOnce()).toBe(1);
    expect(a.events.map(({ kind }) => kind)).toContain('lost');
    link.mend();
    await clock.pass(60);
    expect([...working]).toEqual(['b_1']);
    expect(a.events.at(-1)).toEqual({ kind: 'follows', holder: 'b_1' });
  });

  it('none takes over from a leader whose clock is ten minutes off', async () => {
    for (const clockError of [-600, 600]) {
      const { clock, working, start } = world();
      start('a_1', { clockError });
      await clock.pass(1);
      const b = start('b_1');
      await clock.pass(120);
      expect([...working]).toEqual(['a_1']);
      expect(b.events).toEqual([{ kind: 'follows', holder: 'a_1' }]);
    }
  });
});

describe('a controller', () => {
  it('does not wait for an earlier process of its pod', async () => {
    const { clock, lease, working, start } = world();
    lease.record = { holder: 'a_0', acquired: clock.now(), renewed: clock.now(), seconds: 15 };
    lease.revision = 1;
    start('a_1');
    await clock.pass(0);
    expect([...working]).toEqual(['a_1']);
  });

  it('waits until a dead one’s Lease did not change for its time', async () => {
    const { clock, lease, working, start } = world();
    // Its clock was ahead: by it the Lease is fresh for ten minutes.
    const future = new Date(clock.now().getTime() + 600_000);
    lease.record = { holder: 'dead_1', acquired: future, renewed: future, seconds: 15 };
    lease.revision = 1;
    start('a_1');
    await clock.pass(14);
    expect(working.size).toBe(0);
    await clock.pass(6);
    expect([...working]).toEqual(['a_1']);
  });

  it('leads on where the answer to a renewal was lost', async () => {
    const { clock, lease, working, start } = world();
    const store = lease.store();
    let writes = 0;
    const a = start('a_1', {
      fault: (operation) => {
        // The write arrives, its answer does not.
        if (operation === 'write' && (writes += 1) === 3 && lease.record) {
          lease.record = { ...lease.record };
          lease.revision += 1;
          throw new Error('connection reset');
        }
      },
    });
    await clock.pass(60);
    expect(store).toBeDefined();
    expect([...working]).toEqual(['a_1']);
    expect(a.events.map(({ kind }) => kind)).toEqual(['leads', 'lease-unreachable']);
  });

  it('stops in time where the Lease cannot be renewed', async () => {
    const { clock, working, start } = world();
    const link = cut();
    const a = start('a_1', { fault: link.fault });
    await clock.pass(1);
    link.cut();
    await clock.pass(14);
    expect(working.size).toBe(0);
    expect(a.events.find(({ kind }) => kind === 'lost')).toEqual({
      kind: 'lost',
      why: 'it could not be renewed',
    });
    link.mend();
    await clock.pass(20);
    expect([...working]).toEqual(['a_1']);
  });
});

describe('from outside', () => {
  it('nobody leads without a Lease, or with one that was given back', async () => {
    const { clock, lease } = world();
    const isLed = leadershipSeen(lease.store(), clock.elapsed);
    expect(await isLed()).toBe(false);
    lease.record = { holder: undefined, acquired: clock.now(), renewed: clock.now(), seconds: 15 };
    expect(await isLed()).toBe(false);
  });

  it('a controller leads while its Lease changes, whatever its clock says', async () => {
    const { clock, lease, start } = world();
    const link = cut();
    start('a_1', { clockError: -600, fault: link.fault });
    await clock.pass(1);
    const isLed = leadershipSeen(lease.store(), clock.elapsed);
    for (let look = 0; look < 20; look += 1) {
      expect(await isLed()).toBe(true);
      await clock.pass(5);
    }
    link.cut();
    await clock.pass(16);
    await isLed();
    await clock.pass(16);
    expect(await isLed()).toBe(false);
  });
});
