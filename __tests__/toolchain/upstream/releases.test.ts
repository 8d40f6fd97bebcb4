import { expect, test } from '@jest/globals';
import { releases } from '../../../toolchain/upstream/releases';

test.each([
  ['linux', 'amd64'],
  ['linux', 'arm64'],
  ['darwin', 'amd64'],
  ['darwin', 'arm64'],
])('%s/%s downloads its own programs', (os, arch) => {
  const addresses = Object.values(releases({ os, arch })).map(({ url }) => url.split('/').at(-1));
  const other = arch === 'amd64' ? /arm64|aarch64/ : /amd64|x86_64/;
  for (const each of addresses) {
    expect(each).toMatch(os === 'linux' ? /linux/i : /darwin|macos/i);
    expect(each).not.toMatch(other);
  }
});

test('each project has its own way to name an architecture', () => {
  const named = Object.entries(releases({ os: 'darwin', arch: 'arm64' })).map(
    ([name, { url, checksums }]) => [name, url.replace(/.*\//, ''), checksums.replace(/.*\//, '')],
  );
  expect(named).toEqual([
    ['kind', 'kind-darwin-arm64', 'kind-darwin-arm64.sha256sum'],
    ['tofu', 'tofu_1.10.7_darwin_arm64.tar.gz', 'tofu_1.10.7_SHA256SUMS'],
    ['promtool', 'prometheus-3.5.1.darwin-arm64.tar.gz', 'sha256sums.txt'],
    ['prometheus', 'prometheus-3.5.1.darwin-arm64.tar.gz', 'sha256sums.txt'],
    ['helm-unittest', 'helm-unittest-macos-arm64-1.0.0.tgz', 'helm-unittest-checksum.sha'],
    ['crane', 'go-containerregistry_Darwin_arm64.tar.gz', 'checksums.txt'],
  ]);
  expect(releases({ os: 'linux', arch: 'amd64' }).crane.url).toMatch(/_Linux_x86_64\.tar\.gz$/);
});
