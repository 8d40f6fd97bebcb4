import { fork } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Recipe } from '../../toolchain/artifact';
import { cacheFolder, openStore } from '../../toolchain/store';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const options = () => ({ report: () => undefined, signal: new AbortController().signal });

const writes = (text: string, id = 'thing'): Recipe => ({
  id,
  title: `write ${id}`,
  settings: { text },
  build: (build) => {
    writeFileSync(join(build.folder, 'file'), text);
    return Promise.resolve();
  },
});

const artifacts = () => readdirSync(join(folder, 'artifacts'));

describe('making an artifact', () => {
  test('leaves a complete folder that is found again', async () => {
    const store = openStore(folder, undefined);
    const path = await store.make(writes('hello'), options());
    expect(store.find(writes('hello'))).toBe(path);
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('hello');
  });

  test('happens once for concurrent callers', async () => {
    let builds = 0;
    const slow: Recipe = {
      ...writes('slow'),
      build: async () => {
        builds += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
    };
    const store = openStore(folder, undefined);
    await Promise.all([store.make(slow, options()), store.make(slow, options())]);
    expect(builds).toBe(1);
  });

  test('uses the artifact of a faster process that could not see the lock', async () => {
    const slow: Recipe = {
      ...writes('hello'),
      build: (build) => {
        writeFileSync(join(build.folder, 'file'), 'hello');
        const target = build.folder.replace(/\.building-.*$/, '');
        mkdirSync(target);
        writeFileSync(join(target, 'file'), 'of the other');
        return Promise.resolve();
      },
    };
    const path = await openStore(folder, undefined).make(slow, options());
    expect(readFileSync(join(path, 'file'), 'utf8')).toBe('of the other');
    expect(artifacts()).toEqual([basename(path)]);
  });

  test('leaves nothing behind if the build fails', async () => {
    const failing: Recipe = {
      ...writes('broken'),
      build: (build) => {
        writeFileSync(join(build.folder, 'half'), '');
        return Promise.reject(new Error('no space left'));
      },
    };
    const store = openStore(folder, undefined);
    await expect(store.make(failing, options())).rejects.toThrow('no space left');
    expect(artifacts()).toEqual([]);
    expect(readdirSync(join(folder, 'locks'))).toEqual([]);
  });

  test('gives a build the folders of its dependencies', async () => {
    const needed = writes('needed', 'needed');
    const store = openStore(folder, undefined);
    await store.make(needed, options());
    const path = await store.make(
      {
        ...writes('user', 'user'),
        needs: [needed],
        build: (build) => {
          const text = readFileSync(join(build.input(needed), 'file'), 'utf8');
          writeFileSync(join(build.folder, 'copy'), text);
          return Promise.resolve();
        },
      },
      options(),
    );
    expect(readFileSync(join(path, 'copy'), 'utf8')).toBe('needed');
  });

  test('stops waiting for another process when it is interrupted', async () => {
    const store = openStore(folder, undefined);
    const abort = new AbortController();
    let release = (): void => undefined;
    const held: Recipe = { ...writes('held'), build: () => new Promise((resolve) => (release = resolve)) };
    const first = store.make(held, options());
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = store.make(held, { ...options(), signal: abort.signal });
    abort.abort();
    await expect(second).rejects.toThrow('Interrupted.');
    release();
    await first;
  });
});

describe('a build that is killed', () => {
  const killed = async () => {
    const child = fork(join(import.meta.dirname, 'endless-build.ts'), [folder], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    const during = artifacts();
    child.kill('SIGKILL');
    await once(child, 'exit');
    return during;
  };

  test('leaves no artifact, and the next run removes its folder', async () => {
    expect(await killed()).toEqual([expect.stringMatching(/\.building-\d+-\d+$/)]);
    const store = openStore(folder, undefined);
    store.clean();
    expect(artifacts()).toEqual([]);
  }, 20_000);

  test('does not stop the next run from making the artifact', async () => {
    await killed();
    const store = openStore(folder, undefined);
    store.clean();
    const path = await store.make(writes('endless', 'endless'), options());
    expect(existsSync(join(path, 'file'))).toBe(true);
  }, 20_000);
});

test('cleaning spares what a living process is building', () => {
  const store = openStore(folder, undefined);
  const stat = readFileSync(`/proc/${String(process.pid)}/stat`, 'utf8');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  const draft = `thing-000000000000.building-${String(process.pid)}-${start}`;
  mkdirSync(join(folder, 'artifacts', draft), { recursive: true });
  store.clean();
  expect(artifacts()).toEqual([draft]);
});

describe('an extra read-only cache', () => {
  test('is used instead of building', async () => {
    const shared = mkdtempSync(join(tmpdir(), 'store-shared-'));
    const path = await openStore(shared, undefined).make(writes('hello'), options());
    const unbuildable = { ...writes('hello'), build: () => Promise.reject(new Error('must not build')) };
    expect(await openStore(folder, shared).make(unbuildable, options())).toBe(path);
    rmSync(shared, { recursive: true });
  });

  test('is not written to', async () => {
    const shared = mkdtempSync(join(tmpdir(), 'store-shared-'));
    await openStore(folder, shared).make(writes('hello'), options());
    expect(readdirSync(shared)).toEqual([]);
    rmSync(shared, { recursive: true });
  });
});

/** As os.homedir answers for a user id without $HOME and without an entry in passwd. */
const noHome = () => {
  throw new Error('A system error occurred: uv_os_homedir returned ENOENT');
};

describe('the cache folder is', () => {
  test('the one that MLOPS_CACHE names', () => {
    expect(cacheFolder({ MLOPS_CACHE: '/big/disk', XDG_CACHE_HOME: '/x' })).toBe('/big/disk');
  });

  test('a subfolder of the user cache folder', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/mlops');
  });

  test.each([{ MLOPS_CACHE: '/big/disk' }, { XDG_CACHE_HOME: '/big/disk' }])(
    '%o also for a user without a home',
    (env) => {
      expect(cacheFolder(env, noHome)).toMatch('/big/disk');
    },
  );
});

test('a user without a home gets an error that says what to set', () => {
  let message = '';
  try {
    cacheFolder({}, noHome);
  } catch (error) {
    message = (error as Error).message.replace(/id \d+/, 'id <id>');
  }
  expect(message).toMatchInlineSnapshot(`
   "This user has no home folder to keep tools and images in.
     got:      user id <id>, without $HOME and without an entry in passwd
     expected: a folder that this user may write to
     fix:      Point MLOPS_CACHE at such a folder, or set HOME."
  `);
});

test('a cache folder that cannot be created is an error that says what to do', async () => {
  writeFileSync(join(folder, 'file'), '');
  const error: unknown = await openStore(join(folder, 'file'), undefined)
    .make(writes('hello'), options())
    .catch((reason: unknown) => reason);
  expect((error as Error).message.replaceAll(folder, '<folder>')).toMatchInlineSnapshot(`
    "The cache folder cannot be used.
      got:      <folder>/file/artifacts: ENOTDIR: not a directory, mkdir '<folder>/file/artifacts'
      expected: a folder that this user may write to
      fix:      Point MLOPS_CACHE at such a folder, or correct its owner."
  `);
});
