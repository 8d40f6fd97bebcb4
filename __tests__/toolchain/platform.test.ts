import { describe, expect, it, test } from '@jest/globals';
import { requirePlatform } from '../../toolchain/platform';

test.each([
  ['linux', 'amd64'],
  ['linux', 'arm64'],
  ['darwin', 'amd64'],
  ['darwin', 'arm64'],
])('published parts exist for %s/%s', (os, arch) => {
  expect(() => {
    requirePlatform('upstream', { os, arch });
  }).not.toThrow();
});

describe('refused before anything is installed', () => {
  it('are packages elsewhere than on linux/amd64, with what works there', () => {
    expect(() => {
      requirePlatform('packages', { os: 'darwin', arch: 'arm64' });
    }).toThrowErrorMatchingInlineSnapshot(`
      "Nothing was installed: images.source packages has no parts for this machine.
        got:      darwin/arm64
        expected: linux/amd64
        fix:      Set \`images.source: upstream\` in platform.yaml and run docker: published images and tools exist for this machine."
    `);
  });

  it('is Windows outside of WSL2', () => {
    expect(() => {
      requirePlatform('upstream', { os: 'win32', arch: 'amd64' });
    }).toThrowErrorMatchingInlineSnapshot(`
      "Nothing was installed: images.source upstream has no parts for this machine.
        got:      win32/amd64
        expected: linux/amd64, linux/arm64, darwin/amd64, darwin/arm64
        fix:      Run it inside WSL2, with Docker Desktop or docker there."
    `);
  });
});
