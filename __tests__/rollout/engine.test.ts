import { describe, expect, it } from '@jest/globals';
import { deploy, heal, rollback } from '../../rollout/engine';
import {
  command,
  deployed,
  image,
  MemoryPlatform,
  MODEL,
  release,
  shape,
  START,
} from './support/memory-ports';

const failing =
  (...operations: string[]) =>
  (operation: string) => {
    if (operations.includes(operation)) throw new Error(`${operation} failed`);
  };

describe('a deployment', () => {
  it('starts the version without traffic, moves traffic, then removes what is no longer needed', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    await deploy(platform.ports(), command(), '3');
    expect(platform.lists).toEqual(['2:100 1:0 3:0', '3:100 2:0 1:0', '3:100 2:0']);
    expect(platform.routes[MODEL]).toEqual({ '3': 100, '2': 0, '1': 0 });
    expect(platform.aliases).toEqual({ challenger: '3', champion: '3' });
    expect([...platform.running]).toEqual(['fraud@3', 'fraud@2']);
    expect(platform.state.entries.at(-1)).toMatchObject({
      action: 'deploy',
      version: '3',
      from: '2',
      by: 'ada@laptop',
    });
  });

  it('needs one apply if nothing is removed', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    await deploy(platform.ports(), command(), '2');
    expect(platform.applies).toBe(1);
  });

  it('needs none for a standby', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    await rollback(platform.ports(), command());
    await deploy(platform.ports(), command({ since: new Date(platform.now) }), '2');
    expect(platform.applies).toBe(0);
    expect(shape(platform.state)).toBe('2:100 1:0');
  });

  it('restarts a standby whose pods are gone', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    platform.running.delete('fraud@1');
    await deploy(platform.ports(), command(), '1');
    expect(platform.applies).toBe(1);
    expect(platform.routes[MODEL]).toEqual({ '1': 100, '2': 0 });
  });

  it('undoes everything if the version does not start', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    const before = platform.releases;
    platform.before = failing('proveAnswers');
    await expect(deploy(platform.ports(), command(), '3')).rejects.toMatchObject({
      message: 'proveAnswers failed',
      aftermath: { kind: 'undone', serving: '2' },
    });
    expect(platform.releases).toEqual(before);
    expect([...platform.running]).toEqual(['fraud@2', 'fraud@1']);
    expect(platform.aliases.champion).toBe('2');
  });

  it('moves traffic only when the version has all its pods', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    platform.before = failing('proveCapacity');
    await expect(deploy(platform.ports(), command(), '2')).rejects.toMatchObject({
      message: 'proveCapacity failed',
      aftermath: { kind: 'undone', serving: '1' },
    });
    expect(platform.lists).toEqual(['1:100 2:0', '1:100']);
  });

  it('moves traffic back before removing the version if a gateway pod does not follow', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    let calls = 0;
    platform.before = (operation) => {
      if (operation === 'takeUp' && (calls += 1) === 1) throw new Error('pod a is late');
    };
    await expect(deploy(platform.ports(), command(), '2')).rejects.toMatchObject({
      message: 'pod a is late',
      aftermath: { kind: 'undone', serving: '1' },
    });
    expect(platform.lists).toEqual(['1:100 2:0', '2:100 1:0', '1:100 2:0', '1:100']);
    expect(platform.state.entries).toHaveLength(1);
  });

  it('reports a failed undo and leaves the rest to the next command', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    platform.before = failing('apply');
    await expect(deploy(platform.ports(), command(), '2')).rejects.toMatchObject({
      aftermath: { kind: 'undoFailed', reason: 'apply failed' },
    });
    expect(platform.claims.get(MODEL)?.record).toMatchObject({ holder: undefined, unfinished: 'mlops test' });
    platform.before = failing();
    await deploy(platform.ports(), command(), '3');
    expect(platform.thoroughApplies).toBe(1);
    expect(platform.claims.get(MODEL)?.record.unfinished).toBeUndefined();
  });

  it('does not undo what somebody else wrote since', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    const theirs = deployed('1', '4');
    platform.before = (operation) => {
      if (operation !== 'apply') return;
      platform.releases = {
        ...platform.releases,
        list: { schema: 1, models: { fraud: { versions: theirs.versions } } },
      };
      platform.revision += 1;
      throw new Error('apply failed');
    };
    await expect(deploy(platform.ports(), command(), '2')).rejects.toMatchObject({
      aftermath: { kind: 'leftToOthers' },
    });
    expect(shape(platform.state)).toBe('4:100 1:0');
  });

  it('succeeds with a warning if MLflow did not set the alias', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    platform.before = failing('setAlias champion');
    expect(await deploy(platform.ports(), command(), '2')).toEqual([
      { kind: 'aliasBehind', version: '2', reason: 'setAlias champion failed' },
    ]);
    expect(platform.routes[MODEL]).toMatchObject({ '2': 100 });
  });

  it('succeeds if an old version could not be removed; the next command removes it', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    let applies = 0;
    platform.before = (operation) => {
      if (operation === 'apply' && (applies += 1) === 2) throw new Error('locked');
    };
    expect(await deploy(platform.ports(), command(), '3')).toEqual([
      { kind: 'removalPostponed', versions: ['1'], reason: 'locked' },
    ]);
    await rollback(platform.ports(), command({ since: new Date(platform.now) }));
    expect(platform.thoroughApplies).toBe(1);
    expect([...platform.running].sort()).toEqual(['fraud@2', 'fraud@3']);
  });

  it.each(['deployable', 'setAlias challenger'])('changes nothing when %s fails', async (operation) => {
    const platform = new MemoryPlatform(deployed('1'));
    platform.before = failing(operation);
    await expect(deploy(platform.ports(), command(), '2')).rejects.toMatchObject({
      aftermath: { kind: 'unchanged' },
    });
    expect(platform.lists).toEqual([]);
    expect(platform.applies).toBe(0);
  });

  it('undoes nothing when interrupted: the next one continues', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    const controller = new AbortController();
    platform.before = (operation) => {
      if (operation !== 'apply') return;
      controller.abort();
      throw new Error('interrupted');
    };
    await expect(deploy(platform.ports(), command({ signal: controller.signal }), '2')).rejects.toMatchObject(
      {
        aftermath: { kind: 'unfinished' },
      },
    );
    expect(shape(platform.state)).toBe('1:100 2:0');
    platform.before = failing();
    await deploy(platform.ports(), command(), '2');
    expect(shape(platform.state)).toBe('2:100 1:0');
    expect(platform.thoroughApplies).toBe(1);
  });
});

describe('a rollback', () => {
  it('to a standby takes one write and the gateway, but no apply', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    expect(await rollback(platform.ports(), command())).toEqual([]);
    expect(platform.lists).toEqual(['1:100 2:0']);
    expect(platform.applies).toBe(0);
    expect(platform.aliases.champion).toBe('1');
  });

  it('starts a version that no longer runs', async () => {
    const platform = new MemoryPlatform(deployed('1', '2', '3'));
    await rollback(platform.ports(), command(), '1');
    expect(shape(platform.state)).toBe('1:100 3:0');
    expect(platform.state.entries.at(-1)).toMatchObject({ action: 'rollback', version: '1', from: '3' });
  });

  it('works with MLflow down, and the next command sets the alias', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    platform.before = failing('alias', 'setAlias champion', 'setAlias challenger', 'deployable');
    const warnings = await rollback(platform.ports(), command());
    expect(warnings).toEqual([{ kind: 'aliasBehind', version: '1', reason: 'setAlias champion failed' }]);
    expect(platform.routes[MODEL]).toEqual({ '1': 100, '2': 0 });
    expect(platform.aliases.champion).toBe('2');
    platform.before = failing();
    await heal(platform.ports(), command({ since: new Date(platform.now) }));
    expect(platform.aliases.champion).toBe('1');
  });

  it('does not restore the version rolled back from if a gateway pod is late', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    platform.before = failing('takeUp');
    await expect(rollback(platform.ports(), command())).rejects.toMatchObject({
      aftermath: { kind: 'kept', version: '1', left: '2' },
    });
    expect(shape(platform.state)).toBe('1:100 2:0');
  });

  it('leaves traffic alone if the earlier version does not start', async () => {
    const platform = new MemoryPlatform(deployed('1', '2', '3'));
    platform.before = failing('proveAnswers');
    await expect(rollback(platform.ports(), command(), '1')).rejects.toMatchObject({
      aftermath: { kind: 'undone', serving: '3' },
    });
    expect(shape(platform.state)).toBe('3:100 2:0');
  });

  it('switches before cleaning up after a dead deployment', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    const dead = command({ text: 'mlops deploy fraud@3' });
    platform.before = (operation) => {
      // Dies: nothing more of it happens, not even giving back its claim.
      if (operation === 'apply')
        platform.before = () => {
          throw new Error('dead');
        };
    };
    await deploy(platform.ports(1), dead, '3').catch(() => undefined);
    platform.before = failing();
    platform.liveness = () => 'dead';
    const mine = command();
    await rollback(platform.ports(2), mine);
    expect(mine.events.map(({ kind }) => kind)).toEqual([
      'takingOver',
      'switching',
      'switched',
      'aliasSet',
      'removing',
      'removed',
    ]);
    expect(shape(platform.state)).toBe('1:100 2:0');
    expect([...platform.running].sort()).toEqual(['fraud@1', 'fraud@2']);
  });
});

describe('what a killed deployment left behind', () => {
  it('does not block the next: the hung version is removed before anything is applied', async () => {
    const state = deployed('1');
    const platform = new MemoryPlatform({ ...state, versions: [...state.versions, release('2', 0)] });
    await deploy(platform.ports(), command(), '3');
    expect(platform.lists[0]).toBe('1:100 3:0');
    expect(shape(platform.state)).toBe('3:100 1:0');
  });

  it('is finished by deploying the version that already serves', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    platform.claims.set(MODEL, {
      revision: 1,
      record: {
        holder: {
          who: 'ada@laptop',
          host: 'laptop',
          pid: 9,
          incarnation: '9',
          command: 'mlops deploy fraud@2',
        },
        acquired: START,
        renewed: START,
        seconds: 15,
        unfinished: 'mlops deploy fraud@2',
      },
    });
    platform.liveness = () => 'dead';
    platform.running.clear();
    platform.routes = { [MODEL]: { '1': 100, '2': 0 } };
    platform.aliases.champion = '1';
    await deploy(platform.ports(2), command(), '2');
    expect([...platform.running].sort()).toEqual(['fraud@1', 'fraud@2']);
    expect(platform.routes[MODEL]).toEqual({ '2': 100, '1': 0 });
    expect(platform.aliases.champion).toBe('2');
    await expect(deploy(platform.ports(3), command(), '2')).rejects.toMatchObject({
      failure: { kind: 'alreadyServing' },
    });
  });

  it('is removed by heal, which otherwise changes nothing', async () => {
    const state = deployed('1');
    const platform = new MemoryPlatform({ ...state, versions: [...state.versions, release('2', 0)] });
    await heal(platform.ports(), command());
    expect(shape(platform.state)).toBe('1:100');
    expect(platform.applies).toBe(1);
    await heal(platform.ports(), command());
    expect(platform.applies).toBe(1);
  });
});

describe('a command that comes too late', () => {
  it('names the running command for the model', async () => {
    const platform = new MemoryPlatform(deployed('1'));
    let inner: Promise<unknown> | undefined;
    platform.before = (operation) => {
      if (operation !== 'apply' || inner) return;
      inner = deploy(platform.ports(2), command(), '3').catch((error: unknown) => error);
    };
    await deploy(platform.ports(1), command({ text: 'mlops deploy fraud@2' }), '2');
    expect(await inner).toMatchObject({
      failure: { kind: 'claimed', holder: 'ada@laptop (mlops deploy fraud@2, process 1)' },
    });
    expect(shape(platform.state)).toBe('2:100 1:0');
  });

  it('names what was done since it started', async () => {
    const platform = new MemoryPlatform(deployed('1', '2'));
    await rollback(platform.ports(1), command());
    await expect(rollback(platform.ports(2), command())).rejects.toMatchObject({
      failure: { kind: 'changed', change: expect.stringContaining('rollback fraud@1') },
    });
  });

  it('does not depend on another machine’s clock', async () => {
    const state = deployed('1', '2');
    const ahead = { ...state.entries[1], at: '2026-01-01T13:00:00.000Z' } as (typeof state.entries)[number];
    const platform = new MemoryPlatform({ ...state, entries: [...state.entries.slice(0, 1), ahead] });
    await rollback(platform.ports(), command());
    expect(shape(platform.state)).toBe('1:100 2:0');
  });
});

it('keeps concurrent changes to other models', async () => {
  const platform = new MemoryPlatform(deployed('1'));
  const other = { versions: [{ version: '7', image: image('7'), weight: 100 }] };
  let theirs = false;
  platform.before = (operation) => {
    if (operation !== 'replace' || theirs) return;
    theirs = true;
    const { list, history } = platform.releases;
    platform.releases = { history, list: { ...list, models: { ...list.models, churn: other } } };
    platform.revision += 1;
  };
  await deploy(platform.ports(), command(), '2');
  expect(platform.releases.list.models.churn).toEqual(other);
  expect(shape(platform.state)).toBe('2:100 1:0');
});
