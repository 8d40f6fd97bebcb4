import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { errors, UserError } from './errors';
import { run } from './run';

export interface TerraformOptions {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Absolute path of cdktf's output folder. */
  readonly output: string;
  /** `terraform` or `tofu`. */
  readonly binary: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface StateLock {
  readonly id: string;
  readonly who: string;
  readonly created: string;
}

/** What of Terraform's output says how far it is. */
const PROGRESS =
  /: (Creating|Modifying|Destroying|Creation|Modifications|Destruction|Still|Importing)|complete!/;

/** Synthesizes the stacks with CDKTF and runs Terraform on what it wrote, as `cdktf deploy` does. */
export class Terraform {
  constructor(private readonly options: TerraformOptions) {}

  /** Writes the Terraform JSON of all stacks. */
  async synthesize(report: (line: string) => void = () => undefined): Promise<void> {
    const { root, output, env, signal } = this.options;
    // What `cdktf synth` does, without its start-up: run the app named in cdktf.json.
    await run(process.execPath, ['--import', 'tsx', 'main.ts'], {
      cwd: root,
      env: { ...env, CDKTF_OUTDIR: output, CDKTF_CONTEXT_JSON: '{"excludeStackIdFromLogicalIds":"true"}' },
      signal,
      onLine: report,
    });
  }

  get output(): string {
    return this.options.output;
  }

  folder(stack: string): string {
    return join(this.output, 'stacks', stack);
  }

  get isSynthesized(): boolean {
    return existsSync(join(this.output, 'manifest.json'));
  }

  /** @throws UserError terraformFailed, stateLocked, interrupted */
  async apply(stack: string, report: (line: string) => void = () => undefined): Promise<void> {
    await this.initialize(stack, report);
    const args = ['apply', '-auto-approve', '-input=false', '-no-color', '-lock-timeout=20s'];
    await this.healing(stack, 'apply', () => this.terraform(stack, args, report), report);
  }

  /** Whether a plan is empty, that is, the cluster is as state and code say. */
  async planIsEmpty(stack: string): Promise<boolean> {
    await this.initialize(stack, () => undefined);
    const args = ['plan', '-detailed-exitcode', '-input=false', '-no-color', '-lock-timeout=20s'];
    const { exitCode } = await this.terraform(stack, args, () => undefined, [0, 2]);
    return exitCode === 0;
  }

  async destroy(stack: string, report: (line: string) => void = () => undefined): Promise<void> {
    await this.initialize(stack, report);
    const args = ['destroy', '-auto-approve', '-input=false', '-no-color', '-lock-timeout=20s'];
    await this.healing(stack, 'destroy', () => this.terraform(stack, args, report), report);
  }

  private async initialize(stack: string, report: (line: string) => void): Promise<void> {
    if (this.isInitialized(stack)) return;
    const args = ['init', '-input=false', '-no-color', '-reconfigure'];
    await this.healing(stack, 'initialize', () => this.terraform(stack, args, report), report);
  }

  /** Initialized for these very providers and this backend; `init` costs seconds that a rollback has not. */
  private isInitialized(stack: string): boolean {
    const folder = this.folder(stack);
    const recorded = readText(join(folder, '.terraform', 'terraform.tfstate'));
    const lock = readText(join(folder, '.terraform.lock.hcl')) ?? '';
    const synthesized = readText(join(folder, 'cdk.tf.json'));
    if (!recorded || !synthesized) return false;
    const { terraform } = JSON.parse(synthesized) as {
      terraform: {
        backend: Record<string, unknown>;
        required_providers?: Record<string, { version: string }>;
      };
    };
    const { backend } = JSON.parse(recorded) as {
      backend?: { type: string; config: Record<string, unknown> };
    };
    const [type, wanted] = Object.entries(terraform.backend)[0] ?? [];
    if (!backend || backend.type !== type) return false;
    const sameBackend = Object.entries(wanted as Record<string, unknown>).every(
      ([key, value]) => JSON.stringify(backend.config[key]) === JSON.stringify(value),
    );
    const versions = Object.values(terraform.required_providers ?? {}).map(({ version }) => version);
    // A lock without checksums was written for a mirror that Terraform has not looked into yet.
    const installed = existsSync(join(folder, '.terraform', 'providers')) && lock.includes('hashes');
    return (
      sameBackend &&
      (versions.length === 0 || installed) &&
      versions.every((each) => lock.includes(`"${each}"`))
    );
  }

  private terraform(
    stack: string,
    args: readonly string[],
    report: (line: string) => void,
    allow: readonly number[] = [0],
  ) {
    const { binary, env, signal } = this.options;
    const onLine = (line: string) => {
      if (PROGRESS.test(line)) report(line.trim());
    };
    return run(binary, args, { cwd: this.folder(stack), env, signal, onLine, allow });
  }

  /** Runs once more after mending what a killed run left behind: a stale lock, a release missing from state. */
  private async healing(
    stack: string,
    action: string,
    attempt: () => Promise<unknown>,
    report: (line: string) => void,
  ): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (!(error instanceof UserError) || error.problem.what === errors.interrupted().problem.what)
          throw error;
        const output = error.problem.got ?? '';
        if (tries < 8 && (await this.mend(stack, output, report))) continue;
        throw errors.terraformFailed(stack, action, output);
      }
    }
  }

  private async mend(stack: string, output: string, report: (line: string) => void): Promise<boolean> {
    const lock = parseLock(output);
    if (lock) {
      if (!isStale(lock, this.folder(stack))) throw errors.stateLocked(stack, lock.who, lock.created);
      report(`removing the lock that a killed run of ${lock.who} left at ${lock.created}`);
      await this.terraform(stack, ['force-unlock', '-force', lock.id], report);
      return true;
    }
    const orphan = parseOrphan(output, readText(join(this.folder(stack), 'cdk.tf.json')));
    if (!orphan) return false;
    report(`adopting ${orphan.address}, which a killed run made but did not record`);
    await this.terraform(stack, ['import', '-input=false', '-no-color', orphan.address, orphan.id], report);
    return true;
  }
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Reads the "Lock Info" block of Terraform's error. */
export function parseLock(output: string): StateLock | undefined {
  if (!output.includes('Error acquiring the state lock')) return undefined;
  const field = (name: string) => new RegExp(`^\\W*${name}:\\s+(.+)$`, 'm').exec(output)?.[1]?.trim();
  const id = field('ID');
  return id === undefined
    ? undefined
    : { id, who: field('Who') ?? 'unknown', created: field('Created') ?? 'unknown' };
}

/** A lock is stale when this user on this machine took it and no Terraform works in the folder any more. */
export function isStale(lock: StateLock, folder: string): boolean {
  if (lock.who !== `${userInfo().username}@${hostname()}`) return false;
  return !runningIn(folder);
}

function runningIn(folder: string): boolean {
  if (!existsSync('/proc')) return true;
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .some((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/cwd`) === folder &&
          /terraform|tofu/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '')
        );
      } catch {
        return false; // The process ended meanwhile, or belongs to somebody else.
      }
    });
}

/**
 * A resource that exists in the cluster but not in state: a run died between making and recording it.
 * Finds its address in Terraform's error and its import id in the synthesized stack.
 */
export function parseOrphan(
  output: string,
  synthesized: string | undefined,
): { address: string; id: string } | undefined {
  if (!/cannot re-use a name that is still in use|already exists/.test(output)) return undefined;
  const address = /with ((helm_release|kubernetes_\w+)\.([\w-]+)(\["([^"]+)"\])?),/.exec(output);
  if (!address || synthesized === undefined) return undefined;
  const [, full = '', type = '', id = '', , key] = address;
  const { resource } = JSON.parse(synthesized) as {
    resource: Record<
      string,
      Record<string, { name?: string; namespace?: string; metadata?: unknown } | undefined>
    >;
  };
  const found = resource[type]?.[id];
  if (!found) return undefined;
  if (type === 'helm_release') {
    return { address: full, id: `${found.namespace ?? 'default'}/${key ?? found.name ?? ''}` };
  }
  const metadata = [found.metadata].flat()[0] as { name: string; namespace?: string };
  return { address: full, id: metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name };
}
