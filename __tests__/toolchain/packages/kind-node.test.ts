import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { kindPatches, POD_SUBNET, SERVICE_SUBNET } from '../../../toolchain/packages/kind-node';
import { versions } from '../../../toolchain/packages/versions';

const FOLDER = join(import.meta.dirname, '../../../toolchain/packages');
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8');

interface Conflist {
  readonly plugins: readonly { readonly type: string; readonly ipam?: { readonly ranges: unknown } }[];
}

describe('the node', () => {
  test('gives pods addresses from the subnet configured in Kubernetes', () => {
    const conflist = JSON.parse(read('images/kind-node/10-pods.conflist')) as Conflist;
    expect(conflist.plugins[0]?.ipam?.ranges).toEqual([[{ subnet: POD_SUBNET }]]);
    expect(kindPatches().networking).toMatchObject({ podSubnet: POD_SUBNET });
  });

  test('rejects traffic to the address of a removed pod, instead of routing it outside', () => {
    expect(read('images/kind-node/entrypoint')).toContain(
      `ip route replace unreachable ${POD_SUBNET} metric`,
    );
  });

  test('rejects what still has the address of a Service when it leaves, whoever sends it', () => {
    const entrypoint = read('images/kind-node/entrypoint');
    expect(kindPatches().networking).toMatchObject({ serviceSubnet: SERVICE_SUBNET });
    expect(entrypoint).toContain(`-A "$chain" -d ${SERVICE_SUBNET} -j REJECT`);
    expect(entrypoint).toContain(`ip rule add pref 101 to ${SERVICE_SUBNET} unreachable`);
  });

  test('has the network plugins that its configuration names', () => {
    const conflist = JSON.parse(read('images/kind-node/10-pods.conflist')) as Conflist;
    const roots = read('roots.ts');
    for (const { type } of conflist.plugins) expect(roots).toContain(`! -name ${type}`);
  });

  test('lets containerd read the registries’ addresses', () => {
    expect(read('images/kind-node/containerd.toml')).toContain('config_path = "/etc/containerd/certs.d"');
  });

  test('starts pods with its own pause image', () => {
    expect(read('images/kind-node/containerd.toml')).toContain(
      `sandbox_image = "registry.k8s.io/pause:${versions.kubeadm.pause}"`,
    );
  });

  test('prints what kind waits for on cgroup v1', () => {
    expect(read('images/kind-node/entrypoint')).toContain('detected cgroup v1');
  });
});

test('everything that the node starts by name has one Kubernetes version', () => {
  const module = read('go/hyperkube/go.mod');
  expect(module).toContain(`k8s.io/kubernetes v${versions.kubernetes}`);
  const staging = [...module.matchAll(/k8s\.io\/[\w-]+ => k8s\.io\/[\w-]+ v0\.(\S+)/g)].map(
    (found) => found[1],
  );
  expect(new Set(staging)).toEqual(new Set([versions.kubernetes.replace('1.', '')]));
});

test.each(Object.entries(versions.providers))('provider %s is built from version %s', (name, version) => {
  expect(read(`go/provider-${name}/go.mod`)).toContain(
    `github.com/hashicorp/terraform-provider-${name} v${version}`,
  );
});
