import { join } from 'node:path';
import type { Build, Recipe } from '../artifact';
import { thisHost } from '../engine';
import { errors } from '../errors';
import { openStore } from '../store';
import { unpackDebianPackages } from './debian-download';
import { versions } from './versions';

/**
 * The Go to build with: the machine's, or Debian's in the cache. Not a dependency of Go programs: a key must
 * not depend on whether a machine has Go.
 */
export async function goCommand({ report, signal }: Pick<Build, 'report' | 'signal'>): Promise<string> {
  if (hasGo()) return 'go';
  const folder = await openStore().make(toolchain, { report, signal });
  return join(folder, 'usr', 'lib', `go-${versions.go}`, 'bin', 'go');
}

/** Whether the machine's own Go is new enough. */
function hasGo(): boolean {
  const [, major = '0', minor = '0'] =
    /go(\d+)\.(\d+)/.exec(thisHost.ask('go', ['version'])?.output ?? '') ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = versions.go.split('.').map(Number);
  return Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
}

/** Debian's Go, unpacked into the cache; nothing is installed on the machine. */
const toolchain: Recipe = {
  id: 'go-toolchain',
  title: `fetch Go ${versions.go} from Debian ${versions.debian.go}`,
  settings: { go: versions.go, suite: versions.debian.go },
  build: async ({ folder, report, signal }) => {
    const names = [`golang-${versions.go}-go`, `golang-${versions.go}-src`];
    if (!(await unpackDebianPackages(folder, versions.debian.go, names, { report, signal })))
      throw errors.noGo(versions.go);
  },
};
