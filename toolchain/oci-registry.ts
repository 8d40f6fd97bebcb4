import { CommandFailed, CommandInterrupted, runCommand } from './command';
import { errors, interrupted } from './errors';

export interface RegistryAccess {
  /** host[:port][/path] */
  readonly host: string;
  /** Path of crane, or its name on PATH. */
  readonly crane: string;
  /** Added to the environment: DOCKER_CONFIG names the folder of a login. @default the user's own logins */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How long a question may take, and a push, in milliseconds. */
const PATIENCE = { digest: 60_000, push: 1_800_000, append: 1_800_000, mutate: 60_000 } as const;

const ABSENT = /MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found/;

/** Only inside the cluster, and on loopback, which crane knows itself, is HTTP spoken. */
const PLAIN = /^[^/]+\.svc\.cluster\.local(:\d+)?(\/|$)/;

/** An OCI registry as crane sees it: with its logins, proxies and certificates, and without a container engine. */
export class OciRegistry {
  constructor(private readonly access: RegistryAccess) {}

  get host(): string {
    return this.access.host;
  }

  /**
   * The digest of `repository:tag`, or undefined when there is none.
   * @throws PreparationError registryFailed, interrupted
   */
  async digest(name: string): Promise<string | undefined> {
    try {
      return (await this.crane('digest', [], name)).trim();
    } catch (error) {
      if (error instanceof CommandFailed && ABSENT.test(error.output)) return undefined;
      throw this.explained(error);
    }
  }

  /**
   * Stores a docker-archive as `repository:tag`.
   * @throws PreparationError registryFailed, interrupted
   */
  async push(archive: string, name: string): Promise<void> {
    try {
      await this.crane('push', [archive], name);
    } catch (error) {
      throw this.explained(error);
    }
  }

  /**
   * Stores an image of the registry with one more layer as `repository:tag`.
   * @param base the image's `repository:tag`
   * @throws PreparationError registryFailed, interrupted
   */
  async append(base: string, layer: string, name: string): Promise<void> {
    const from = ['--base', `${this.access.host}/${base}`];
    try {
      await this.crane('append', [...from, '--new_layer', layer, '--new_tag'], name);
    } catch (error) {
      throw this.explained(error);
    }
  }

  /**
   * Stores an image of one layer as `repository:tag`, at once: until it is whole, it has another tag.
   * @param settings crane's options for how the image starts
   * @throws PreparationError registryFailed, interrupted
   */
  async pushLayer(layer: string, settings: readonly string[], name: string): Promise<void> {
    const { host } = this.access;
    const unfinished = `${name}-unfinished`;
    try {
      await this.crane('append', ['--oci-empty-base', '--new_layer', layer, '--new_tag'], unfinished);
      await this.crane('mutate', [...settings, '--tag', `${host}/${name}`], unfinished);
    } catch (error) {
      throw this.explained(error);
    }
  }

  private async crane(action: keyof typeof PATIENCE, args: readonly string[], name: string): Promise<string> {
    const { host, crane, env, signal } = this.access;
    const patience = AbortSignal.timeout(PATIENCE[action]);
    const insecure = PLAIN.test(host) ? ['--insecure'] : [];
    try {
      const { stdout } = await runCommand(crane, [action, ...insecure, ...args, `${host}/${name}`], {
        ...(env === undefined ? {} : { env }),
        signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
        onAbort: 'terminate',
      });
      return stdout;
    } catch (error) {
      if (!(error instanceof CommandInterrupted) || signal?.aborted === true) throw error;
      throw new CommandFailed(action, `no answer within ${String(PATIENCE[action] / 1000)} s`);
    }
  }

  private explained(error: unknown): unknown {
    if (error instanceof CommandInterrupted) return interrupted();
    if (!(error instanceof CommandFailed)) return error;
    // What follows the error may be a page of the server in between.
    const lines = error.output.trim().split('\n');
    const reason = lines.find((line) => line.startsWith('Error:')) ?? lines.at(-1) ?? '';
    return errors.registryFailed(this.access.host, reason);
  }
}
