import type { HistoryEntry } from '../contracts/release-list';
import { takeClaim, type Claim } from './claim';
import type { Listener, Warning } from './events';
import { RolloutError, RolloutFailed, type Aftermath } from './failures';
import { readState, replaceState } from './model-store';
import type { Ports } from './ports';
import {
  leftovers,
  pruned,
  recorded,
  rollbackTarget,
  sameState,
  serving,
  weightsOf,
  withAllTraffic,
  withoutLeftovers,
  withStandby,
  type ModelState,
  type Target,
} from './releases';

/** What somebody asked for. */
export interface Command {
  readonly model: string;
  /** In words, for whoever meets its claim: `mlops deploy fraud@2`. */
  readonly text: string;
  /** Who asked, for the history. */
  readonly by: string;
  /** When. Whatever was changed since, the asker did not know. */
  readonly since: Date;
  /** How many versions stay running: one that serves, and standbys that a rollback needs not start. */
  readonly keep: number;
  readonly signal: AbortSignal;
  readonly onEvent: Listener;
}

/**
 * Puts a registered version into service: starts it without traffic, proves that it answers, then moves all traffic.
 * @throws RolloutError claimed, changed, alreadyServing, listInvalid; RolloutFailed once it has the claim
 */
export function deploy(ports: Ports, command: Command, version: string): Promise<readonly Warning[]> {
  return underClaim(ports, command, async (rollout) => {
    await rollout.reconcileAlias();
    if (serving(rollout.state)?.version === version) {
      if (await rollout.finishOthers()) return;
      throw new RolloutError({ kind: 'alreadyServing', model: command.model, version });
    }
    const target = await rollout.check(version);
    await rollout.start(target);
    await rollout.moveTraffic('deploy', target);
    await rollout.tellRegistry();
    await rollout.prune();
  });
}

/**
 * Brings back the version that served before, or `to`. A version that still runs needs nothing but the release list and
 * the gateway.
 * @throws RolloutError claimed, changed, nothingToRollBackTo, neverDeployed, alreadyServing, listInvalid; RolloutFailed
 */
export function rollback(ports: Ports, command: Command, to?: string): Promise<readonly Warning[]> {
  return underClaim(ports, command, async (rollout) => {
    const target = rollbackTarget(rollout.state, command.model, to);
    await rollout.start(target);
    await rollout.moveTraffic('rollback', target);
    await rollout.tellRegistry();
    await rollout.prune();
  });
}

/** Finishes or removes what killed commands left of a model. Does nothing where a living one works on it. */
export async function heal(ports: Ports, command: Command): Promise<readonly Warning[]> {
  try {
    return await underClaim(ports, command, async (rollout) => {
      await rollout.finishOthers();
      await rollout.reconcileAlias();
    });
  } catch (error) {
    const failure = error instanceof RolloutError ? error.failure : undefined;
    if (failure?.kind !== 'claimed' && failure?.kind !== 'changed') throw error;
    const by = failure.kind === 'claimed' ? failure.holder : failure.change;
    const warning: Warning = { kind: 'busy', by };
    command.onEvent({ kind: 'warning', warning });
    return [warning];
  }
}

async function underClaim(
  ports: Ports,
  command: Command,
  work: (rollout: Rollout) => Promise<void>,
): Promise<readonly Warning[]> {
  const { model } = command;
  const atStart = await readState(ports.document, model);
  const claim = await takeClaim(ports, model, command.text);
  let clean = false;
  try {
    const state = await readState(ports.document, model);
    // What a dead command left was changed by nobody who could be asked about it.
    refuseIfChanged(command, atStart, state, ports.clock.now());
    if (claim.unfinished !== undefined) command.onEvent({ kind: 'takingOver', from: claim.unfinished });
    const rollout = new Rollout(ports, command, claim, state);
    try {
      await work(rollout);
      clean = rollout.isClean;
    } catch (error) {
      const aftermath = await rollout.undo();
      clean = (aftermath.kind === 'unchanged' || aftermath.kind === 'undone') && rollout.isClean;
      if (error instanceof RolloutError && aftermath.kind === 'unchanged') throw error;
      throw new RolloutFailed(error, aftermath);
    }
    return rollout.warnings;
  } finally {
    await claim.release(clean);
  }
}

function refuseIfChanged({ model, since }: Command, atStart: ModelState, state: ModelState, now: Date): void {
  const last = state.entries.at(-1);
  const at = last === undefined ? Number.NaN : Date.parse(last.at);
  // An entry from the future is another machine's clock, not news.
  const isNews = at > since.getTime() && at <= now.getTime();
  if (sameState(atStart, state) && !isNews) return;
  const changed =
    last !== undefined && (isNews || !sameState({ ...atStart, versions: [] }, { ...state, versions: [] }));
  const change = changed
    ? `${last.by} did: ${last.action} ${model}@${last.version} at ${last.at}`
    : 'another command changed which versions run';
  throw new RolloutError({ kind: 'changed', model, change });
}

/** One command at work on one model, under its claim. */
class Rollout {
  readonly warnings: Warning[] = [];
  /** Whether nothing is left in the cluster that the release list does not say. */
  isClean: boolean;
  private applied = false;
  private kept: { version: string; left: string | undefined } | undefined;
  /** What this command wrote, newest last, and how to bring the former state into force again. */
  private readonly written: {
    readonly former: ModelState;
    readonly wrote: ModelState;
    readonly follow: () => Promise<void>;
  }[] = [];

  constructor(
    private readonly ports: Ports,
    private readonly command: Command,
    private readonly claim: Claim,
    /** What is stored, as far as this command knows. */
    public state: ModelState,
  ) {
    this.isClean = claim.unfinished === undefined;
  }

  /** Asks the registry for a version, and proves that it accepts writes before anything changes. */
  async check(version: string): Promise<Target> {
    const { model } = this.command;
    const target = await this.ports.registry.deployable(model, version);
    await this.ports.registry.setAlias(model, 'challenger', version);
    this.command.onEvent({ kind: 'checked', ...target });
    return target;
  }

  /** Makes sure that a version runs and answers when asked for by name. It gets no traffic. */
  async start(target: Target): Promise<void> {
    const { gateway } = this.ports;
    const { model, onEvent } = this.command;
    const { version } = target;
    if (withStandby(this.state, target) === this.state && (await gateway.answers(model, version))) return;
    onEvent({ kind: 'starting', version });
    // What a killed deployment began may be what hangs: it must not be in this one's way.
    const next = withStandby(withoutLeftovers(this.state, version), target);
    if (!sameState(next, this.state)) {
      await this.write(next, () => this.ports.cluster.apply({ thorough: true }));
    }
    await this.apply();
    await gateway.proveAnswers(model, version);
    onEvent({ kind: 'started', version });
  }

  async moveTraffic(action: HistoryEntry['action'], { version, image }: Target): Promise<void> {
    const { gateway, clock } = this.ports;
    const { model, by, onEvent } = this.command;
    const former = this.state;
    const from = serving(former)?.version;
    onEvent({ kind: 'switching', version, from });
    const at = clock.now().toISOString();
    const entry: HistoryEntry = { at, by, action, model, version, from: from ?? null, image, note: '' };
    const next = recorded(withAllTraffic(former, version), entry);
    if (action === 'rollback') {
      // Whoever rolls back flees from a version: a gateway pod that is late must not bring it back.
      await this.write(next, undefined);
      this.kept = { version, left: from };
    } else {
      await this.write(next, () => gateway.takeUp(model, weightsOf(former)));
    }
    await gateway.takeUp(model, weightsOf(next));
    this.written.length = 0;
    this.kept = undefined;
    onEvent({ kind: 'switched', version, from });
  }

  /** The release list is the truth; the registry's alias follows it, now or with the next command. */
  async tellRegistry(): Promise<void> {
    const { model, onEvent } = this.command;
    const version = serving(this.state)?.version;
    if (version === undefined) return;
    try {
      await this.ports.registry.setAlias(model, 'champion', version);
      onEvent({ kind: 'aliasSet', alias: 'champion', version });
    } catch (error) {
      this.warn({ kind: 'aliasBehind', version, reason: reasonOf(error) });
    }
  }

  /** Points the registry's alias at what serves, where an earlier command could not. */
  async reconcileAlias(): Promise<void> {
    const version = serving(this.state)?.version;
    if (version === undefined) return;
    const champion = await this.ports.registry.alias(this.command.model, 'champion').catch(() => undefined);
    if (champion !== version) await this.tellRegistry();
  }

  /** Removes versions that nobody needs any more. The traffic has moved: failing here is no failure of the rollout. */
  async prune(): Promise<void> {
    const { keep, onEvent } = this.command;
    const next = pruned(this.state, keep);
    const gone = this.state.versions.filter(
      ({ version }) => !next.versions.some((each) => each.version === version),
    );
    const versions = gone.map(({ version }) => version);
    if (gone.length === 0 && this.isClean) return;
    onEvent({ kind: 'removing', versions });
    try {
      if (gone.length > 0) await this.write(next, undefined);
      await this.apply();
      onEvent({ kind: 'removed', versions });
    } catch (error) {
      this.isClean = false;
      this.warn({ kind: 'removalPostponed', versions, reason: reasonOf(error) });
    }
  }

  /**
   * Brings the release list into force and removes what was begun, after a command that did not come to its end.
   * @returns whether there was anything to do
   */
  async finishOthers(): Promise<boolean> {
    const { gateway } = this.ports;
    const rest = withoutLeftovers(this.state);
    if (this.isClean && leftovers(this.state).length === 0) return false;
    const versions = leftovers(this.state).map(({ version }) => version);
    this.command.onEvent({ kind: 'removing', versions });
    if (versions.length > 0) await this.write(rest, undefined);
    this.isClean = false;
    await this.apply();
    if (serving(this.state)) await gateway.takeUp(this.command.model, weightsOf(this.state));
    this.command.onEvent({ kind: 'removed', versions });
    return true;
  }

  /** Takes back what this command wrote, newest first, unless somebody else wrote since. */
  async undo(): Promise<Aftermath> {
    const { model, signal, onEvent } = this.command;
    if (this.kept) {
      this.isClean = false;
      return { kind: 'kept', ...this.kept };
    }
    if (this.written.length === 0) return { kind: this.applied ? 'sameReleases' : 'unchanged' };
    if (signal.aborted) return { kind: 'unfinished' };
    if (this.claim.isLost()) return { kind: 'leftToOthers' };
    onEvent({ kind: 'undoing' });
    try {
      for (const { former, wrote, follow } of [...this.written].reverse()) {
        if ((await replaceState(this.ports.document, model, wrote, former)) === 'changed') {
          return { kind: 'leftToOthers' };
        }
        this.state = former;
        await follow();
      }
    } catch (error) {
      return { kind: 'undoFailed', reason: reasonOf(error) };
    }
    return { kind: 'undone', serving: serving(this.state)?.version };
  }

  /** Makes the cluster follow the list, and finishes what others left there. */
  private async apply(): Promise<void> {
    this.applied = true;
    await this.ports.cluster.apply({ thorough: !this.isClean });
    this.isClean = true;
  }

  /** @param undo brings the former state into force again; undefined for a change that stays, whatever comes after */
  private async write(next: ModelState, undo: (() => Promise<void>) | undefined): Promise<void> {
    const { model } = this.command;
    if (this.claim.isLost())
      throw new RolloutError({ kind: 'changed', model, change: 'the claim was taken over' });
    const former = this.state;
    // Noted first: a write whose answer is lost may have arrived.
    if (undo) this.written.push({ former, wrote: next, follow: undo });
    if ((await replaceState(this.ports.document, model, former, next)) !== 'replaced') {
      if (undo) this.written.pop();
      throw new RolloutError({
        kind: 'changed',
        model,
        change: 'the release list is not what this command read',
      });
    }
    this.state = next;
  }

  private warn(warning: Warning): void {
    this.warnings.push(warning);
    this.command.onEvent({ kind: 'warning', warning });
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
