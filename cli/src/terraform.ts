import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackReleases } from './cluster/heal-releases';
import type { Orphan } from './cluster/ownership';
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
  readonly guard: StateGuard;
}

/** A stack while its state is locked. */
export interface LockedStack {
  readonly stack: string;
  readonly releases: readonly StackReleases[];
  /** Addresses in the state. */
  readonly addresses: () => Promise<readonly string[]>;
  readonly report: (line: string) => void;
}

/** What Terraform cannot do on its own; only for stacks whose state is in the cluster. */
export interface StateGuard {
  /** Whether the cluster holds a state of the stack. */
  hasState(stack: string): Promise<boolean>;
  /** Runs `work` under the stack's state lock. */
  locked<T>(
    stack: string,
    operation: string,
    report: (line: string) => void,
    work: () => Promise<T>,
  ): Promise<T>;
  /** Clears what killed runs left; called under the lock. */
  heal(stack: LockedStack, thorough: boolean): Promise<void>;
  /** Whether an existing object was created by this platform. */
  isOurs(orphan: Orphan): Promise<boolean>;
}

export interface ApplyOptions {
  readonly report?: (line: string) => void;
  /** Also clean up after killed runs. @default false */
  readonly thorough?: boolean;
}

/**
 * Version 1 of the Helm provider fails when an uninstalled release left a volume that its chart keeps, and prints
 * Helm's name for the volume's manifest. Version 3 warns.
 */
const KEPT = /^\W*Error: manifest-\d+\s*$/m;

/** Of one change that keeps meeting objects to adopt, or that are gone. */
const MOST_RETRIES = 8;

/** The lines of Terraform's output that show progress. */
const PROGRESS =
  /: (Creating|Modifying|Destroying|Creation|Modifications|Destruction|Still|Importing)|complete!/;

/** Set for what the stacks run themselves: `mlops` applies them, not `cdktf`. */
export const APPLIED_BY_MLOPS = 'MLOPS_APPLIES';

/** Synthesizes the stacks with CDKTF and runs Terraform on the output, as `cdktf deploy` does. */
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

  get binary(): string {
    return this.options.binary;
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

  /** @throws UserError terraformFailed, stateLocked, foreignObject, interrupted */
  async apply(
    stack: string,
    { report = () => undefined, thorough = false }: ApplyOptions = {},
  ): Promise<void> {
    await this.change(stack, 'apply', report, thorough);
  }

  /** Whether the plan is empty: cluster, state and code agree. */
  async planIsEmpty(stack: string): Promise<boolean> {
    await this.initialize(stack, () => undefined);
    const args = ['plan', '-detailed-exitcode', '-input=false', '-no-color', '-lock-timeout=60s'];
    const { exitCode } = await this.terraform(stack, args, () => undefined, [0, 2]);
    return exitCode === 0;
  }

  async destroy(stack: string, report: (line: string) => void = () => undefined): Promise<void> {
    await this.change(stack, 'destroy', report, false);
  }

  /** Heals, then applies or destroys, all under one lock. */
  private async change(
    stack: string,
    action: 'apply' | 'destroy',
    report: (line: string) => void,
    thorough: boolean,
  ): Promise<void> {
    await this.initialize(stack, report);
    const args = [action, '-auto-approve', '-input=false', '-no-color'];
    const { guard } = this.options;
    if (!this.isLockedInCluster(stack)) {
      await this.adopting(stack, action, [...args, '-lock-timeout=60s'], report);
      return;
    }
    // Terraform creates a missing state under its own lock, whatever -lock says. If somebody else holds that lock,
    // they are creating it.
    if (!(await guard.hasState(stack))) await this.terraform(stack, ['state', 'pull'], report, [0, 1]);
    await guard.locked(stack, action, report, async () => {
      const addresses = async () => {
        const { stdout } = await this.terraform(stack, ['state', 'list'], report, [0, 1]);
        return stdout.split('\n').filter(Boolean);
      };
      await guard.heal({ stack, releases: this.releasesOf(stack), addresses, report }, thorough);
      // We already hold the lock that Terraform would take.
      await this.adopting(stack, action, [...args, '-lock=false'], report);
    });
  }

  /**
   * Adopts resources that exist but are not in state, because a run died between creating and recording them, and retries.
   * Destroys again what is gone already: the next refresh sees it.
   */
  private async adopting(
    stack: string,
    action: string,
    args: readonly string[],
    report: (line: string) => void,
  ): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const output = await this.failing(() => this.terraform(stack, args, report));
      if (output === undefined) return;
      if (tries >= MOST_RETRIES) throw errors.terraformFailed(stack, action, output);
      if (action === 'destroy' && KEPT.test(output)) continue;
      const orphan = parseOrphan(output, this.synthesizedOf(stack));
      if (!orphan) throw errors.terraformFailed(stack, action, output);
      if (!(await this.options.guard.isOurs(orphan))) throw errors.foreignObject(stack, orphan);
      report(`adopting ${orphan.address}, which a killed run created but did not record`);
      const id = orphan.namespace === undefined ? orphan.name : `${orphan.namespace}/${orphan.name}`;
      const flags = ['-input=false', '-no-color', '-lock=false'];
      const refused = await this.failing(() =>
        this.terraform(stack, ['import', ...flags, orphan.address, id], report),
      );
      if (refused !== undefined) throw errors.terraformFailed(stack, 'import', refused);
    }
  }

  /** @returns the output of a command that failed, undefined when it did not */
  private async failing(attempt: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await attempt();
      return undefined;
    } catch (error) {
      if (!(error instanceof UserError) || error.problem.what === errors.interrupted().problem.what)
        throw error;
      return error.problem.got ?? '';
    }
  }

  private synthesizedOf(stack: string): string | undefined {
    return readText(join(this.folder(stack), 'cdk.tf.json'));
  }

  private isLockedInCluster(stack: string): boolean {
    const { terraform } = JSON.parse(this.synthesizedOf(stack) ?? '{}') as {
      terraform?: { backend?: Record<string, unknown> };
    };
    return terraform?.backend?.kubernetes !== undefined;
  }

  private releasesOf(stack: string): readonly StackReleases[] {
    const { resource } = JSON.parse(this.synthesizedOf(stack) ?? '{}') as {
      resource?: { helm_release?: Record<string, { name: string; namespace: string }> };
    };
    return Object.values(resource?.helm_release ?? {}).map(({ name, namespace }) => ({
      namespace,
      name: name.includes('${') ? undefined : name,
    }));
  }

  private async initialize(stack: string, report: (line: string) => void): Promise<void> {
    if (this.isInitialized(stack)) return;
    const args = ['init', '-input=false', '-no-color', '-reconfigure'];
    const output = await this.failing(() => this.terraform(stack, args, report));
    if (output !== undefined) throw errors.terraformFailed(stack, 'initialize', output);
  }

  /** Initialized for these very providers and this backend; `init` costs seconds that a rollback cannot spare. */
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
    // A lock file without checksums was written for a mirror that Terraform has not read yet.
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
    return run(binary, args, {
      cwd: this.folder(stack),
      env: { ...env, [APPLIED_BY_MLOPS]: 'true' },
      signal,
      onLine,
      allow,
    });
  }
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/**
 * A resource that exists in the cluster but not in state: a run died between creating and recording it.
 * Finds its address in Terraform's error and its name in the synthesized stack.
 */
export function parseOrphan(output: string, synthesized: string | undefined): Orphan | undefined {
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
    return { address: full, type, namespace: found.namespace ?? 'default', name: key ?? found.name ?? '' };
  }
  const metadata = [found.metadata].flat()[0] as { name: string; namespace?: string };
  return { address: full, type, namespace: metadata.namespace, name: metadata.name };
}
