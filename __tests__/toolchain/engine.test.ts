import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findEngine, type Answer, type Host } from '../../toolchain/engine';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'engine-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const ALL_CAPABILITIES = 'CapBnd:\t000001ffffffffff\n';
const NO_SYS_RESOURCE = 'CapBnd:\t000001fffeffffff\n';

const host = (engines: Record<string, Answer>, changes: Partial<Host> = {}): Host => ({
  ask: (file) => engines[file],
  isRoot: true,
  status: ALL_CAPABILITIES,
  ...changes,
});

const yes = { ok: true, output: '' };
const no = (output: string) => ({ ok: false, output });

describe('the engine is', () => {
  test('docker if both answer', () => {
    expect(findEngine(folder, host({ docker: yes, podman: yes }))?.binary).toBe('docker');
  });

  test('podman if docker does not answer', () => {
    expect(findEngine(folder, host({ docker: no('no daemon'), podman: yes }))?.binary).toBe('podman');
  });

  test('podman if the kernel lacks what docker needs for Kubernetes nodes', () => {
    const status = { status: NO_SYS_RESOURCE };
    expect(findEngine(folder, host({ docker: yes, podman: yes }, status))?.binary).toBe('podman');
  });

  test('docker if capabilities are unknown', () => {
    expect(findEngine(folder, host({ docker: yes }, { status: '' }))?.binary).toBe('docker');
  });

  test('installed later if root has none', () => {
    expect(findEngine(folder, host({}))).toBeUndefined();
  });
});

const asked = (answers: Record<string, string>, isRoot = true): Host => ({
  ask: (file, args) => {
    const output = answers[[file, ...args].join(' ')];
    return output === undefined ? undefined : { ok: true, output };
  },
  isRoot,
  status: ALL_CAPABILITIES,
});

describe('docker builds', () => {
  const answers = { 'docker info': '', 'docker context inspect --format {{.Name}}': 'desktop-linux' };
  const env = findEngine(tmpdir(), asked(answers))?.env ?? {};

  test('in the engine itself, whichever builder the user has chosen', () => {
    expect(env.BUILDX_BUILDER).toBe('desktop-linux');
  });

  test('one image for this machine, without attestations, told in words that old builders overlook', () => {
    expect(env).toMatchObject({
      BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
      DOCKER_DEFAULT_PLATFORM: process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64',
    });
  });
});

describe('podman’s settings', () => {
  test.each([
    ['podman version 4.3.1', 'CONTAINERS_CONF'],
    ['podman version 4.5.0', 'CONTAINERS_CONF_OVERRIDE'],
    ['podman version 5.4.2', 'CONTAINERS_CONF_OVERRIDE'],
  ])('%s: %s', (version, variable) => {
    const engine = findEngine(folder, asked({ 'podman info': '', 'podman --version': version }));
    const set = Object.keys(engine?.env ?? {}).filter((name) => name.startsWith('CONTAINERS'));
    expect(set).toEqual([variable]);
  });
});

test('podman gets limits that the machine allows, in the project’s own file', () => {
  const engine = findEngine(folder, host({ podman: yes }));
  expect(engine?.env.CONTAINERS_CONF).toBe(join(folder, 'containers.conf'));
  const text = readFileSync(join(folder, 'containers.conf'), 'utf8');
  expect(text).toMatch(/default_ulimits = \["nofile=(\d+):\1", "nproc=(\d+):\2"\]/);
});

const errorOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('the error says what to do when', () => {
  test('there is no engine and the user is not root', () => {
    expect(errorOf(() => findEngine(folder, host({}, { isRoot: false })))).toMatchInlineSnapshot(`
      "No container engine was found, and only root can install one.
        got:      neither docker nor podman on PATH
        expected: docker or podman, or root on a Debian-like system
        fix:      Install docker or podman, or run the command as root."
    `);
  });

  test('docker refuses the user', () => {
    const docker = no('permission denied while trying to connect to the Docker daemon socket');
    expect(errorOf(() => findEngine(folder, host({ docker }, { isRoot: false })))).toMatchInlineSnapshot(`
      "The container engine docker is installed but refuses this user.
        got:      permission denied while trying to connect to the Docker daemon socket
        expected: an answer from \`docker info\`
        fix:      Start it (\`systemctl start docker\`, or Docker Desktop). Not root? Join its group (\`usermod -aG docker $USER\`, then log in again). Or install podman: it is used where docker does not answer."
    `);
  });

  test('docker is stopped, and root could install another engine', () => {
    const docker = no('Cannot connect to the Docker daemon at unix:///var/run/docker.sock.');
    expect(errorOf(() => findEngine(folder, host({ docker })))).toContain('Start it');
  });

  test('podman refuses the user', () => {
    const podman = no('cannot clone: Operation not permitted');
    expect(errorOf(() => findEngine(folder, host({ podman }, { isRoot: false })))).toMatchInlineSnapshot(`
      "The container engine podman is installed but refuses this user.
        got:      cannot clone: Operation not permitted
        expected: an answer from \`podman info\`
        fix:      Run as root, or set up rootless podman on a machine with cgroup v2."
    `);
  });
});
