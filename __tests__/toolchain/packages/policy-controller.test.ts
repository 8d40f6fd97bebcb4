import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAllYaml, type V1ClusterRole, type V1DaemonSet } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kindPatches, SERVICE_SUBNET } from '../../../toolchain/packages/kind-node';

const FOLDER = join(import.meta.dirname, '../../../toolchain/packages/images/kind-node');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const objects = loadAllYaml(read('default-cni.yaml')) as readonly { readonly kind?: string }[];
const find = (kind: string): unknown => objects.find((each) => each.kind === kind);

describe('the policy controller', () => {
  const pod = (find('DaemonSet') as V1DaemonSet).spec?.template.spec;
  const [container] = pod?.containers ?? [];

  test('is what kind installs as the network', () => {
    expect(kindPatches().networking).not.toHaveProperty('disableDefaultCNI');
    expect(read('Dockerfile')).toContain('COPY default-cni.yaml default-storage.yaml /kind/manifests/');
  });

  test('knows the addresses of Services, and opens no port', () => {
    expect(container?.command).toEqual(['/usr/local/bin/network-policies', SERVICE_SUBNET]);
    expect(container?.ports).toBeUndefined();
  });

  test('reads the API, and changes the network of its node only', () => {
    const verbs = (find('ClusterRole') as V1ClusterRole).rules?.flatMap((rule) => rule.verbs);
    expect(new Set(verbs)).toEqual(new Set(['get', 'list', 'watch']));
    expect(pod?.hostPID).toBeUndefined();
    expect(pod?.volumes).toBeUndefined();
    expect(container?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
    });
    expect(container?.securityContext?.privileged).toBeUndefined();
    expect(container?.resources?.limits).toHaveProperty('memory');
  });
});

describe('the script that starts it', () => {
  let folder = '';
  /** Programs that say how they were called. */
  const program = (name: string, body: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  };
  const start = () => {
    const script = read('network-policies').replace('exec /pause', `exec ${folder}/pause`);
    return execFileSync('sh', ['-c', script, 'network-policies', SERVICE_SUBNET], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlops-policies-'));
    program('iptables', 'exit 0');
    program('pause', 'echo paused');
    program('policy-controller', 'echo "started $*"; echo "$PATH"');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('starts it where the kernel can enforce policies, with its own way to load rules', () => {
    program('ipset', 'exit 0');
    program('iptables-restore', 'cat >/dev/null');
    expect(start()).toMatch(/^started 10\.96\.0\.0\/16\n\/usr\/local\/lib\/network-policies:/);
  });

  test.each([
    ['has no sets', 'echo "Kernel support missing" >&2; exit 1', 'cat >/dev/null'],
    ['cannot match by them', 'exit 0', 'cat >/dev/null; echo "Kernel support missing" >&2; exit 1'],
  ])('waits, and does not start it, where the kernel %s', (_, ipset, restore) => {
    program('ipset', ipset);
    program('iptables-restore', restore);
    expect(start()).toBe('paused\n');
  });

  test('says why it does not start it', () => {
    program('ipset', 'echo "Kernel support missing" >&2; exit 1');
    const script = read('network-policies').replace('exec /pause', 'exit 0');
    const said = execFileSync('sh', ['-c', `exec 2>&1; ${script}`], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect(said).toContain('Network policies are not enforced');
    expect(said).toContain('Kernel support missing');
  });

  test('drops what no policy allows, and leaves every other rule as it is', () => {
    program('loader', 'cat');
    const loading = read('iptables-restore').replace('/usr/sbin/iptables-restore', `${folder}/loader`);
    const rules = (verdict: string) =>
      [
        '*filter',
        `-A KUBE-POD-FW-X -m comment --comment "rule to REJECT traffic" -m mark ! --mark 0x10000/0x10000 ${verdict}`,
        '-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -j REJECT --reject-with icmp-port-unreachable',
        '-A FORWARD -d 10.96.0.0/16 -j REJECT',
        'COMMIT',
        '',
      ].join('\n');
    for (const rejected of ['-j REJECT ', '-j REJECT --reject-with icmp-port-unreachable']) {
      const loaded = execFileSync('sh', ['-c', loading], { input: rules(rejected), encoding: 'utf8' });
      expect(loaded).toBe(rules('-j DROP'));
    }
  });
});
