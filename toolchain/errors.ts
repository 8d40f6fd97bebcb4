/** What a reader needs to get past an error, in this order. */
export interface PreparationProblem {
  readonly what: string;
  readonly got?: string;
  readonly expected: string;
  readonly fix: string;
}

/** Tools or images cannot be had on this machine as it is. */
export class PreparationError extends Error {
  override readonly name = 'PreparationError';

  constructor(
    readonly kind: keyof typeof errors | 'interrupted',
    readonly problem: PreparationProblem,
  ) {
    super(
      [
        problem.what,
        ...(problem.got === undefined ? [] : [`  got:      ${problem.got}`]),
        `  expected: ${problem.expected}`,
        `  fix:      ${problem.fix}`,
      ].join('\n'),
    );
  }
}

/** Every error of the toolchain that a user can meet. */
export const errors = {
  noEngine: () =>
    new PreparationError('noEngine', {
      what: 'There is no container engine, and only root may install one.',
      got: 'neither docker nor podman on PATH',
      expected: 'docker or podman, or root on a Debian-like system',
      fix: 'Install docker or podman, or run the command as root.',
    }),
  engineRefuses: (binary: string, answer: string) =>
    new PreparationError('engineRefuses', {
      what: `The container engine ${binary} is there but does not let this user in.`,
      got: answer,
      expected: `an answer from \`${binary} info\``,
      fix:
        binary === 'docker'
          ? 'Start the daemon (`systemctl start docker`), join its group (`usermod -aG docker $USER`, then log in again), or run as root.'
          : 'Run as root, or set podman up for rootless use on a machine with cgroup v2.',
    }),
  notRoot: (tool: string) =>
    new PreparationError('notRoot', {
      what: `Building from package registries needs ${tool}, which only root can install and run.`,
      got: `user id ${String(process.getuid?.() ?? 'unknown')}`,
      expected: 'user id 0',
      fix: 'Run as root, or set `images.source: upstream` in platform.yaml where container registries are reachable.',
    }),
  notDebian: (tool: string) =>
    new PreparationError('notDebian', {
      what: `This system has no apt-get to install ${tool} with.`,
      got: 'apt-get not found',
      expected: `a Debian-like system, or ${tool} on PATH`,
      fix: `Install ${tool} yourself and run the command again.`,
    }),
  noGo: (version: string) =>
    new PreparationError('noGo', {
      what: 'There is no Go to build with, and no Debian mirror to fetch it from.',
      got: 'no `go` on PATH, and no Debian archive in /etc/apt',
      expected: `Go ${version} or later`,
      fix: 'Install Go and put it on PATH, or set `images.source: upstream` in platform.yaml.',
    }),
  notPrepared: (what: string) =>
    new PreparationError('notPrepared', {
      what: `${what} has not been prepared yet.`,
      expected: 'a finished preparation',
      fix: 'Run `make up`, or `npx tsx toolchain/main.ts prepare`.',
    }),
  noHome: () =>
    new PreparationError('noHome', {
      what: 'This user has no home folder to keep tools and images in.',
      got: `user id ${String(process.getuid?.() ?? 'unknown')}, without $HOME and without an entry in passwd`,
      expected: 'a folder that this user may write to',
      fix: 'Point MLOPS_CACHE at such a folder, or set HOME.',
    }),
  cacheNotWritable: (folder: string, reason: string) =>
    new PreparationError('cacheNotWritable', {
      what: 'The cache folder cannot be used.',
      got: `${folder}: ${reason}`,
      expected: 'a folder that this user may write to',
      fix: 'Point MLOPS_CACHE at such a folder, or correct its owner.',
    }),
  stillMounted: (mount: string) =>
    new PreparationError('stillMounted', {
      what: 'A killed build left a mounted file system in the cache, and it cannot be unmounted.',
      got: mount,
      expected: 'nothing mounted there',
      fix: `Find out what uses it (\`fuser -vm ${mount}\`), then run \`umount ${mount}\`. Do not remove the folder before.`,
    }),
  commandFailed: (command: string, output: string) =>
    new PreparationError('commandFailed', {
      what: `\`${command}\` failed.`,
      got: output,
      expected: 'exit code 0',
      fix: 'Read the lines above. What was finished is kept: run the command again to go on.',
    }),
  wrongChecksum: (what: string, got: string, expected: string) =>
    new PreparationError('wrongChecksum', {
      what: `${what} is not the file that this repository pins.`,
      got,
      expected,
      fix: 'Do not use it. Find out who serves another file under that version before you change the pin.',
    }),
};

export const interrupted = () =>
  new PreparationError('interrupted', {
    what: 'Interrupted.',
    expected: 'an undisturbed run',
    fix: 'Nothing is lost: run the same command again and it goes on from what was finished.',
  });
