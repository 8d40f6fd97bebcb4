import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errors } from './errors';
import { imagePlatform } from './platform';
import { execute } from './process';
import { cacheFolder } from './store';

/** A container engine that answers. */
export interface Engine {
  readonly binary: 'docker' | 'podman';
  /** Environment for every call of the engine, and for `kind`. */
  readonly env: NodeJS.ProcessEnv;
}

/** Access to the machine; replaced in tests. */
export interface Host {
  /** Output of a command, and whether it succeeded; undefined if the command does not exist. */
  readonly ask: (file: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Answer | undefined;
  readonly isRoot: boolean;
  /** Content of /proc/self/status, empty where there is none. */
  readonly status: string;
}

export interface Answer {
  readonly ok: boolean;
  readonly output: string;
}

/** How long an engine may take to answer, in milliseconds. */
const PATIENCE = 20_000;

export const thisHost: Host = {
  ask: (file, args, env) => {
    const result = spawnSync(file, args, {
      encoding: 'utf8',
      timeout: PATIENCE,
      env: { ...process.env, ...env },
    });
    if ((result.error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    return { ok: result.status === 0, output: `${result.stdout}\n${result.stderr}`.trim() };
  },
  isRoot: process.getuid?.() === 0,
  status: existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '',
};

/** Bit of CAP_SYS_RESOURCE in a capability mask. Source: linux/capability.h. */
const CAP_SYS_RESOURCE = 24n;

/** Docker raises limits of privileged containers, which fails without this capability. */
export function mayRaiseLimits(status: string): boolean {
  const mask = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return mask === undefined || ((BigInt(`0x${mask}`) >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

/**
 * The engine to use: docker when it answers and can run Kubernetes nodes, else podman.
 * @returns undefined if root has yet to install one, or what it lacks
 * @throws PreparationError noEngine, engineRefuses
 */
export function findEngine(folder = cacheFolder(), host = thisHost): Engine | undefined {
  const refusals: { binary: 'docker' | 'podman'; answer: string }[] = [];
  for (const engine of candidates(folder, host)) {
    const answer = host.ask(engine.binary, ['info'], engine.env);
    if (answer?.ok === true)
      return engine.binary === 'docker' ? { ...engine, env: { ...engine.env, ...builder(host) } } : engine;
    if (answer) refusals.push({ binary: engine.binary, answer: lastLine(answer.output) });
  }
  const refused = refusals[0];
  // Whoever has docker wants to start it, not to get a second engine; what podman lacks may get installed.
  if (host.isRoot && refused?.binary !== 'docker') return undefined;
  throw refused ? errors.engineRefuses(refused.binary, refused.answer) : errors.noEngine();
}

function candidates(folder: string, host: Host): readonly Engine[] {
  const docker: Engine = {
    binary: 'docker',
    env: {
      DOCKER_BUILDKIT: '1',
      // Attestations make an image an index, which nodes do not load. A flag would stop builders that do not know it.
      BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
      DOCKER_DEFAULT_PLATFORM: imagePlatform(),
    },
  };
  const podman: Engine = {
    binary: 'podman',
    env: { [settingsVariable(host)]: containersConf(folder), KIND_EXPERIMENTAL_PROVIDER: 'podman' },
  };
  return mayRaiseLimits(host.status) ? [docker, podman] : [podman];
}

/**
 * The builder inside the engine, whichever the user has chosen: others see none of the engine's images and leave
 * nothing in it to save. It bears the name of the context.
 */
function builder(host: Host): NodeJS.ProcessEnv {
  const context = host.ask('docker', ['context', 'inspect', '--format', '{{.Name}}']);
  return context?.ok === true ? { BUILDX_BUILDER: context.output } : {};
}

/** What adds settings to the user's; older versions can only replace them. */
function settingsVariable(host: Host): 'CONTAINERS_CONF_OVERRIDE' | 'CONTAINERS_CONF' {
  const [, major = '0', minor = '0'] =
    /version (\d+)\.(\d+)/.exec(host.ask('podman', ['--version'])?.output ?? '') ?? [];
  return Number(major) * 100 + Number(minor) >= 405 ? 'CONTAINERS_CONF_OVERRIDE' : 'CONTAINERS_CONF';
}

const lastLine = (text: string) => text.split('\n').at(-1) ?? '';

/**
 * podman settings for this project only. Limits above the machine's hard limits keep containers from
 * starting; crun refuses hybrid cgroups, runc does not.
 */
function containersConf(folder: string): string {
  const path = join(folder, 'containers.conf');
  const limits = existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : '';
  const hard = (name: string, most: number) => {
    const found = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1];
    return Math.min(found === undefined ? most : Number(found), most);
  };
  const files = hard('Max open files', 1_048_576);
  const processes = hard('Max processes', 32_768);
  const text = [
    '[containers]',
    `default_ulimits = ["nofile=${files}:${files}", "nproc=${processes}:${processes}"]`,
    '[engine]',
    ...(existsSync('/usr/sbin/runc') || existsSync('/usr/bin/runc') ? ['runtime = "runc"'] : []),
    '',
  ].join('\n');
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, text);
  }
  return path;
}

/**
 * The engine that answers.
 * @throws PreparationError noEngine, engineRefuses, notPrepared
 */
export function requireEngine(): Engine {
  const engine = findEngine();
  if (!engine) throw errors.notPrepared('A container engine');
  return engine;
}

export interface EngineBuild {
  /** Absolute folder sent to the engine. */
  readonly context: string;
  /** Relative to the context. @default 'Dockerfile' */
  readonly file?: string;
  readonly tag: string;
  readonly args: Readonly<Record<string, string>>;
  /** Files for build steps to mount; they never become part of the image. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface EngineCall {
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Builds an image, on the host's network so that proxies on loopback are reachable. */
export async function buildImage(engine: Engine, build: EngineBuild, call: EngineCall): Promise<void> {
  const { context, file = 'Dockerfile', tag, args, secrets } = build;
  // podman would keep every step as an untagged image.
  const cleanly = engine.binary === 'podman' ? ['--layers=false', '--force-rm'] : [];
  await engineCommand(
    engine,
    [
      ...['build', '--network=host', ...cleanly, '--tag', tag, '--file', join(context, file)],
      ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...Object.entries(secrets).flatMap(([id, path]) => ['--secret', `id=${id},src=${path}`]),
      context,
    ],
    call,
  );
}

/** Writes images as one docker-archive, readable by `kind load image-archive`. */
export async function saveImages(
  engine: Engine,
  tags: readonly string[],
  archive: string,
  call: EngineCall,
): Promise<void> {
  const multiple = engine.binary === 'podman' && tags.length > 1 ? ['--multi-image-archive'] : [];
  await engineCommand(engine, ['save', ...multiple, '--output', archive, ...tags], call);
}

/** Ensures that the engine holds an image. */
export async function loadImage(
  engine: Engine,
  tag: string,
  archive: string,
  call: EngineCall,
): Promise<void> {
  if (hasImage(engine, tag)) return;
  await engineCommand(engine, ['load', '--input', archive], call);
}

export function hasImage(engine: Engine, tag: string): boolean {
  return thisHost.ask(engine.binary, ['image', 'inspect', tag], engine.env)?.ok === true;
}

/** Turns an archive of a root file system into an image. */
export async function importRoot(
  engine: Engine,
  archive: string,
  tag: string,
  call: EngineCall,
): Promise<void> {
  await engineCommand(engine, ['import', archive, tag], call);
}

export async function removeImage(engine: Engine, tag: string): Promise<void> {
  await execute(engine.binary, ['rmi', tag], { env: engine.env }).catch(() => undefined);
}

/** Runs one command of the engine. */
export async function engineCommand(
  { binary, env }: Engine,
  args: readonly string[],
  { report, signal }: EngineCall,
): Promise<string> {
  return execute(binary, args, { env, report, signal });
}
