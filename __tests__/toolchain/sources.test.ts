import { describe, expect, test } from '@jest/globals';
import { PLATFORM_IMAGES } from '../../contracts/images';
import { versions } from '../../toolchain/upstream/versions';
import {
  imageReference,
  platformImages,
  kindNodePatches,
  nodeImage,
  providerMirror,
  providerVersions,
  registryHostsToml,
} from '../../toolchain/index';

const KEYED = /^localhost\/mlops\/[a-z-]+:[0-9a-f]{12}$/;

describe('references', () => {
  test.each(PLATFORM_IMAGES)('%s has a name of ours by its content, another one from each source', (name) => {
    expect(imageReference(name, 'packages')).toMatch(KEYED);
    expect(imageReference(name, 'upstream')).toMatch(KEYED);
    expect(imageReference(name, 'upstream')).not.toBe(imageReference(name, 'packages'));
  });

  test('Grafana is only published; the viewer stands in for it with packages', () => {
    expect(new Set(platformImages('upstream'))).toEqual(new Set([...PLATFORM_IMAGES, 'grafana']));
    expect(new Set(platformImages('packages'))).toEqual(new Set([...PLATFORM_IMAGES, 'dashboards-viewer']));
    expect(() => imageReference('grafana', 'packages')).toThrow('cannot be had from the source packages');
  });

  test('the published node image is pinned by digest', () => {
    expect(nodeImage('upstream')).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  test('every published image is pinned to a version', () => {
    const { images, bases } = versions;
    for (const reference of [...Object.values(images), ...Object.values(bases)]) {
      expect(reference).toMatch(/^[a-z0-9.]+\/[a-z0-9/-]+:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?$/);
    }
  });
});

test('provider versions differ by source', () => {
  expect(providerVersions('upstream')).toEqual({ kubernetes: '2.38.0', helm: '3.1.1' });
  expect(providerVersions('packages')).toEqual({ kubernetes: '1.13.4', helm: '1.3.2' });
});

test('published providers need no mirror', () => {
  expect(providerMirror('upstream')).toBeUndefined();
});

test('a published node brings its own network, and is told where the platform’s registry is', () => {
  expect(kindNodePatches('upstream')).toEqual({
    containerdConfigPatches: [
      '[plugins."io.containerd.grpc.v1.cri".registry]\n  config_path = "/etc/containerd/certs.d"\n',
    ],
  });
});

test('nodes reach the registry through their own port', () => {
  expect(registryHostsToml()).toMatchInlineSnapshot(`
    "server = "http://127.0.0.1:30501"

    [host."http://127.0.0.1:30501"]
      capabilities = ["pull", "resolve"]
    "
  `);
});
