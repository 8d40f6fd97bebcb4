import { beforeEach, describe, expect, it } from '@jest/globals';
import { hostname } from 'node:os';
import type { TerraformProcess } from '../../cli/src/identity';
import { withStateLock, type LockMachine } from '../../cli/src/state-lock';
import type { Liveness } from '../../rollout/ports';
import { FakeKubernetes } from './support/fake-kubernetes';

const LEASE = 'lock-tfstate-default-serving';
const FOLDER = '/repo/cdktf.out/stacks/serving';
const holder = {
  who: 'bob@laptop',
  host: 'laptop',
  pid: 9,
  incarnation: 'x',
  command: 'mlops deploy fraud@3',
};

let kubernetes: FakeKubernetes;
let lines: string[];

beforeEach(() => {
  kubernetes = new FakeKubernetes();
  lines = [];
});

const machine = (
  liveness: Liveness,
  terraform: readonly TerraformProcess[] | undefined = [],
): LockMachine => ({
  host: hostname(),
  processes: {
    self: { who: 'ada@laptop', host: 'laptop', pid: 1, incarnation: 'y' },
    liveness: () => liveness,
  },
  terraform: () => terraform,
  patienceSeconds: 0.05,
  pollSeconds: 0.01,
});

const lock = (on: LockMachine, work = () => Promise.resolve('done'), signal = new AbortController().signal) =>
  withStateLock(
    kubernetes.client,
    {
      stack: 'serving',
      operation: 'apply',
      folder: FOLDER,
      command: 'mlops rollback fraud',
      signal,
      report: (line) => void lines.push(line),
    },
    work,
    on,
  );

/** A lock as Terraform writes it, or as `mlops` does. */
function held(info: object): void {
  kubernetes.put('Lease', {
    metadata: {
      namespace: 'mlops-system',
      name: LEASE,
      annotations: {
        'app.terraform.io/lock-info': JSON.stringify({ ID: 'theirs', Created: '2026-01-01', ...info }),
      },
    },
    spec: { holderIdentity: 'theirs' },
  } as never);
}

const ours = { Who: 'bob@laptop', Info: JSON.stringify({ holder, folder: FOLDER }) };
const spec = () => {
  const lease = kubernetes.objects.get(`Lease/mlops-system/${LEASE}`) as {
    spec?: { holderIdentity?: string };
    metadata?: { annotations?: Record<string, string>; labels?: Record<string, string> };
  };
  return { holder: lease.spec?.holderIdentity, ...lease.metadata };
};

describe('the lock of a state', () => {
  it('is held as by Terraform itself, then released', async () => {
    const seen = await lock(machine('alive'), () => Promise.resolve(JSON.stringify(spec())));
    const during = JSON.parse(seen) as ReturnType<typeof spec>;
    const info = JSON.parse(during.annotations?.['app.terraform.io/lock-info'] ?? '{}') as Record<
      string,
      string
    >;
    expect(info).toMatchObject({ ID: during.holder, Operation: 'apply' });
    expect(during.labels).toMatchObject({ tfstate: 'true', tfstateSecretSuffix: 'serving' });
    expect(spec()).toMatchObject({ holder: undefined, annotations: {} });
  });

  it('is released if the work fails', async () => {
    await expect(lock(machine('alive'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(spec().holder).toBeUndefined();
  });

  it('is waited for, naming its holder', async () => {
    held(ours);
    const patient = { ...machine('alive'), patienceSeconds: 5 };
    const waiting = lock(patient);
    await new Promise((resolve) => setTimeout(resolve, 50));
    kubernetes.put('Lease', { metadata: { namespace: 'mlops-system', name: LEASE } });
    expect(await waiting).toBe('done');
    expect(lines).toEqual([
      'waiting for bob@laptop (mlops deploy fraud@3, process 9), which has held stack serving since 2026-01-01',
    ]);
  });

  it.each([
    ['its holder lives', ours, machine('alive')],
    ['its holder is on another machine', ours, machine('unknown')],
    ['a Terraform of the dead holder still works there', ours, machine('dead', [{ pid: 7, folder: FOLDER }])],
    ['a Terraform of somebody else may be it', ours, machine('dead', [{ pid: 7, folder: undefined }])],
    ['processes cannot be listed', ours, { ...machine('dead'), terraform: () => undefined }],
    ['Terraform took it on another machine', { Who: 'ada@elsewhere' }, machine('dead')],
    [
      'Terraform took it here, and one runs',
      { Who: `ada@${hostname()}` },
      machine('dead', [{ pid: 7, folder: '/x' }]),
    ],
  ])('is never broken when %s', async (_, info, on) => {
    held(info);
    await expect(lock(on)).rejects.toMatchObject({
      exitCode: 6,
      problem: { what: 'The state of stack serving is locked.' },
    });
    expect(spec().holder).toBe('theirs');
  });

  it.each([
    ['its holder is dead', ours, machine('dead')],
    [
      'its holder is dead and Terraform works elsewhere',
      ours,
      machine('dead', [{ pid: 7, folder: '/other' }]),
    ],
    ['Terraform took it here, and none runs any more', { Who: `ada@${hostname()}` }, machine('unknown')],
  ])('is taken over when %s', async (_, info, on) => {
    held(info);
    expect(await lock(on)).toBe('done');
    expect(lines[0]).toMatch(/^taking over the lock of .*, which is dead$/);
  });

  it('may be gone or taken over meanwhile', async () => {
    await lock(machine('alive'), () => {
      held(ours);
      return Promise.resolve('done');
    });
    expect(spec().holder).toBe('theirs');
  });

  it('is not waited for after Ctrl-C', async () => {
    held(ours);
    await expect(lock(machine('alive'), undefined, AbortSignal.abort())).rejects.toMatchObject({
      exitCode: 130,
    });
  });

  it('goes to one of two that find it free', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (inside += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
      return 'done';
    };
    const patient = { ...machine('alive'), patienceSeconds: 5 };
    expect(await Promise.all([lock(patient, work), lock(patient, work), lock(patient, work)])).toHaveLength(
      3,
    );
    expect(most).toBe(1);
  });
});
