/** The parts of an error message, in this order. */
export interface PreparationProblem {
  readonly what: string;
  readonly got?: string;
  readonly expected: string;
  readonly fix: string;
}

/** Tools or images cannot be prepared on this machine. */
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
  unsupportedPlatform: (platform: string, source: string, known: readonly string[], published: boolean) =>
    new PreparationError('unsupportedPlatform', {
      what: `Nothing was installed: images.source ${source} has no parts for this machine.`,
      got: platform,
      expected: known.join(', '),
      fix: published
        ? 'Set `images.source: upstream` in platform.yaml and run docker: published images and tools exist for this machine.'
        : platform.startsWith('win32')
          ? 'Run it inside WSL2, with Docker Desktop or docker there.'
          : 'Run it on one of these; `cluster.type: existing` then takes the platform to a cluster elsewhere.',
    }),
  noEngine: () =>
    new PreparationError('noEngine', {
      what: 'No container engine was found, and only root can install one.',
      got: 'neither docker nor podman on PATH',
      expected: 'docker or podman, or root on a Debian-like system',
      fix: 'Install docker or podman, or run the command as root.',
    }),
  engineRefuses: (binary: string, answer: string) =>
    new PreparationError('engineRefuses', {
      what: `The container engine ${binary} is installed but refuses this user.`,
      got: answer,
      expected: `an answer from \`${binary} info\``,
      fix:
        binary === 'docker'
          ? 'Start it (`systemctl start docker`, or Docker Desktop). Not root? Join its group (`usermod -aG docker $USER`, then log in again). Or install podman: it is used where docker does not answer.'
          : 'Run as root, or set up rootless podman on a machine with cgroup v2.',
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
      what: `${tool} cannot be installed: this system has no apt-get.`,
      got: 'apt-get not found',
      expected: `a Debian-like system, or ${tool} on PATH`,
      fix: `Install ${tool} yourself and run the command again.`,
    }),
  noGo: (version: string) =>
    new PreparationError('noGo', {
      what: 'No Go was found, and no Debian mirror to download it from.',
      got: 'no `go` on PATH, and no Debian archive in /etc/apt',
      expected: `Go ${version} or later`,
      fix: 'Install Go and put it on PATH, or set `images.source: upstream` in platform.yaml.',
    }),
  notInSource: (image: string, source: string) =>
    new PreparationError('notInSource', {
      what: `The image ${image} cannot be had from the source ${source}.`,
      got: `images.source: ${source}`,
      expected: 'images.source: upstream',
      fix: 'Set `images.source: upstream` in platform.yaml where a container registry can be reached.',
    }),
  notPrepared: (what: string) =>
    new PreparationError('notPrepared', {
      what: `${what} has not been prepared yet.`,
      expected: 'a completed preparation',
      fix: 'Run `make up`, or `npx tsx toolchain/main.ts prepare`.',
    }),
  badVersions: (file: string, reason: string, expected: string) =>
    new PreparationError('badVersions', {
      what: `The versions that UPSTREAM_VERSIONS names cannot be used: ${file}.`,
      got: reason,
      expected,
      fix: 'Correct it, or unset UPSTREAM_VERSIONS: the pins of this repository are then used.',
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
      fix: `Find out what uses it (\`fuser -vm ${mount}\`), then run \`umount ${mount}\`. Do not delete the folder before that.`,
    }),
  commandFailed: (command: string, output: string) =>
    new PreparationError('commandFailed', {
      what: `\`${command}\` failed.`,
      got: output,
      expected: 'exit code 0',
      fix: 'Read the output above, then run the command again: completed steps are skipped.',
    }),
  registryFailed: (host: string, reason: string) =>
    new PreparationError('registryFailed', {
      what: `The OCI registry ${host} does not do what it is asked for.`,
      got: reason,
      expected: 'an answer to this user, over TLS unless the registry is on this machine',
      fix: /UNAUTHORIZED|DENIED|401|403/.test(reason)
        ? `Log in (\`docker login ${host.split('/')[0] ?? ''}\`), or name a file with a login that may push: \`images.credentials\` in platform.yaml.`
        : 'Check its address (`images.registry` in platform.yaml), and that this machine reaches it. Behind a proxy, set HTTPS_PROXY, and SSL_CERT_FILE if it inspects TLS.',
    }),
  notDownloaded: (url: string, reason: string) =>
    new PreparationError('notDownloaded', {
      what: `${url} cannot be downloaded.`,
      got: reason,
      expected: 'status 200',
      fix: 'Check the network. Behind a proxy, set HTTPS_PROXY, and NODE_EXTRA_CA_CERTS if it inspects TLS. Where only package registries can be reached, set `images.source: packages` in platform.yaml.',
    }),
  /** @param origin of the checksum */
  wrongChecksum: (what: string, got: string, expected: string, origin: string) =>
    new PreparationError('wrongChecksum', {
      what: `${what} does not match its checksum, ${origin}.`,
      got,
      expected,
      fix: 'It was not kept. If a second attempt fails, find out who changes the file on its way, or why it was changed.',
    }),
};

export const interrupted = () =>
  new PreparationError('interrupted', {
    what: 'Interrupted.',
    expected: 'an uninterrupted run',
    fix: 'Nothing is lost: run the same command again; completed steps are skipped.',
  });
