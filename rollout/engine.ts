import type { CanaryPlan, Replay } from '../contracts/canary';
import type { HistoryEntry } from '../contracts/release-list';
import { judgeReplay, type Judgement } from './canary/judgement';
import { begun, refused } from './canary/states';
import { takeClaim, type Claim } from './claim';
import type { Listener, Warning } from './events';
import { RolloutError, RolloutFailed, type Aftermath } from './failures';
import { readState, replaceState } from './model-store';
import type { Ports } from './ports';
import { replay } from './replay/replay';
import { warmUp } from './replay/warm-up';
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
  /** The command line, shown to others who wait for its claim: `mlops deploy fraud@2`. */
  readonly text: string;
  /** Who asked, for the history. */
  readonly by: string;
  /** When. Changes made since are unknown to the user. */
  readonly since: Date;
  /** How many versions keep running: the serving one and standbys, which a rollback need not start. */
  readonly keep: number;
  readonly signal: AbortSignal;
  readonly onEvent: Listener;
}

/**
 * Deploys a registered version: starts it without traffic, verifies that it answers, then moves all traffic.
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
    await rollout.makeRoom(target);
    await rollout.start(target);
    await rollout.moveTraffic('deploy', target);
    await rollout.tellRegistry();
    await rollout.prune();
  });
}

/**
 * Starts a registered version, lets it decide on the prediction log, and gives it the first weight of a plan. From then on
 * it is watched: see canary/watch.ts.
 * @throws RolloutError claimed, changed, alreadyServing, noChampion, canaryRunning, refusedByLog, listInvalid; RolloutFailed
 */
export function beginCanary(
  ports: Ports,
  command: Command,
  version: string,
  plan: CanaryPlan,
): Promise<readonly Warning[]> {
  const { model } = command;
  return underClaim(ports, command, async (rollout) => {
    await rollout.reconcileAlias();
    const { state } = rollout;
    const champion = serving(state)?.version;
    if (champion === undefined) throw new RolloutError({ kind: 'noChampion', model, version });
    if (state.canary) throw new RolloutError({ kind: 'canaryRunning', model, version: state.canary.version });
    if (champion === version) throw new RolloutError({ kind: 'alreadyServing', model, version });
    const target = await rollout.check(version);
    await rollout.makeRoom(target);
    await rollout.start(target);
    const replay = await rollout.replay(version, champion, plan);
    await rollout.beginCanary(target, champion, plan, replay);
  });
}

/** Removes what a canary that has ended no longer needs, and reconciles the registry's alias. */
export function tidy(ports: Ports, command: Command): Promise<readonly Warning[]> {
  return underClaim(ports, command, async (rollout) => {
    await rollout.reconcileAlias();
    await rollout.prune();
  });
}

/**
 * Goes back to the version that served before, or to `to`. A version that still runs needs only the release list and
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

/** Completes or removes what killed commands left of a model. Does nothing while a live command holds the claim. */
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
    // Only changes by live commands are conflicts; what a dead one left is healed below.
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
  // An entry from the future comes from another machine's clock.
  const isNews = at > since.getTime() && at <= now.getTime();
  if (isCanaryGoingOn(atStart, state) || (sameState(atStart, state) && !isNews)) return;
  const changed =
    last !== undefined && (isNews || !sameState({ ...atStart, versions: [] }, { ...state, versions: [] }));
  const change = changed
    ? `${last.by} ran: ${last.action} ${model}@${last.version} at ${last.at}`
    : 'another command changed which versions run';
  throw new RolloutError({ kind: 'changed', model, change });
}

/** A canary changes the list by itself; to end it, nobody has to know its newest step. */
function isCanaryGoingOn(before: ModelState, { canary }: ModelState): boolean {
  return canary !== undefined && before.canary?.version === canary.version;
}

/** One command on one model, under its claim. */
class Rollout {
  readonly warnings: Warning[] = [];
  /** Whether the cluster has nothing beyond the release list. */
  isClean: boolean;
  private applied = false;
  private kept: { version: string; left: string | undefined } | undefined;
  /** What this command wrote, newest last, and how to restore the former state. */
  private readonly written: {
    readonly former: ModelState;
    readonly wrote: ModelState;
    readonly follow: () => Promise<void>;
  }[] = [];

  constructor(
    private readonly ports: Ports,
    private readonly command: Command,
    private readonly claim: Claim,
    /** The stored state, as last read or written by this command. */
    public state: ModelState,
  ) {
    this.isClean = claim.unfinished === undefined;
  }

  /** Looks the version up in the registry, and checks that the registry accepts writes before anything changes. */
  async check(version: string): Promise<Target> {
    const { model } = this.command;
    const target = await this.ports.registry.deployable(model, version);
    await this.ports.registry.setAlias(model, 'challenger', version);
    this.command.onEvent({ kind: 'checked', ...target });
    return target;
  }

  /** Ensures that a version runs and answers when addressed directly. It gets no traffic. */
  async start(target: Target): Promise<void> {
    const { cluster, gateway } = this.ports;
    const { model, onEvent } = this.command;
    const { version } = target;
    if (withStandby(this.state, target) === this.state && (await gateway.answers(model, version))) return;
    onEvent({ kind: 'starting', version });
    // The leftover of a killed deployment may never become ready: it must not block this one.
    const next = withStandby(withoutLeftovers(this.state, version), target);
    if (!sameState(next, this.state)) {
      await this.write(next, () => cluster.apply({ thorough: true }));
    }
    await this.apply();
    await gateway.proveAnswers(model, version);
    await cluster.proveCapacity(model, version);
    onEvent({ kind: 'started', version });
  }

  async moveTraffic(action: HistoryEntry['action'], { version, image }: Target): Promise<void> {
    const { gateway, clock } = this.ports;
    const { model, by, onEvent } = this.command;
    const former = this.state;
    const current = serving(former)?.version;
    // A rollback to the champion leaves the canary.
    const from = current === version ? former.canary?.version : current;
    onEvent({ kind: 'switching', version, from });
    const at = clock.now().toISOString();
    const entry: HistoryEntry = { at, by, action, model, version, from: from ?? null, image, note: '' };
    const next = recorded(withAllTraffic(former, version), entry);
    if (action === 'rollback') {
      // A rollback moves away from a bad version: one slow gateway pod must not bring it back.
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

  /**
   * What the prediction log shows of a version that runs without traffic; then warms it up.
   * @returns undefined on a platform without a log
   * @throws RolloutError refusedByLog, for a worse one, and where the plan does not hold without evidence
   */
  async replay(version: string, champion: string, plan: CanaryPlan): Promise<Replay | undefined> {
    const { replay: ports, clock } = this.ports;
    const { model, signal, onEvent } = this.command;
    if (ports === undefined) return undefined;
    onEvent({ kind: 'replaying', version });
    const found = await replay(ports, { model, candidate: version, champion, now: clock.now(), signal });
    const judgement = judgeReplay(plan, found);
    signal.throwIfAborted();
    onEvent({ kind: 'replayed', version, replay: found, judgement });
    const lacksEvidence = judgement.gates.length > 0 && judgement.verdict === 'not-enough-evidence';
    if (judgement.verdict === 'worse' || (lacksEvidence && plan.withoutEvidence === 'rollback'))
      await this.refuse(version, champion, found, judgement);
    onEvent({ kind: 'warmed', version, ...(await warmUp(ports, model, version, signal)) });
    signal.throwIfAborted();
    return found;
  }

  private async refuse(
    version: string,
    champion: string,
    { why }: Replay,
    judgement: Judgement,
  ): Promise<never> {
    const { model, by } = this.command;
    const stamp = { model, by, now: this.ports.clock.now() };
    await this.write(refused(this.state, version, champion, judgement, stamp), undefined);
    this.written.length = 0;
    await this.apply();
    throw new RolloutError({ kind: 'refusedByLog', model, version, champion, judgement, why });
  }

  async beginCanary(
    target: Target,
    champion: string,
    plan: CanaryPlan,
    replay: Replay | undefined,
  ): Promise<void> {
    const { model, by } = this.command;
    const stamp = { model, by, now: this.ports.clock.now() };
    await this.write(begun(this.state, target, champion, plan, replay, stamp), undefined);
    // What was started is wanted from here on.
    this.written.length = 0;
  }

  /** The release list is authoritative; the registry's alias follows it, now or with the next command. */
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

  /** Points the registry's alias at the serving version if an earlier command could not. */
  async reconcileAlias(): Promise<void> {
    const version = serving(this.state)?.version;
    if (version === undefined) return;
    const champion = await this.ports.registry.alias(this.command.model, 'champion').catch(() => undefined);
    if (champion !== version) await this.tellRegistry();
  }

  /** Removes what promoted canaries left, if nobody did: the controller moves traffic and removes nothing. */
  async makeRoom(target: Target): Promise<void> {
    const isListed = withStandby(this.state, target) === this.state;
    const kept = pruned(this.state, this.command.keep).versions.length;
    if (!isListed && kept < withoutLeftovers(this.state).versions.length) await this.prune();
  }

  /** Removes old versions. The traffic has moved: a failure here does not fail the rollout. */
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
   * After an unfinished command: applies the release list and removes what that command started.
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

  /** Undoes this command's writes, newest first, unless another command has written since. */
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

  /** Applies the list to the cluster, and cleans up after unfinished commands. */
  private async apply(): Promise<void> {
    this.applied = true;
    await this.ports.cluster.apply({ thorough: !this.isClean });
    this.isClean = true;
  }

  /** @param undo restores the former state; undefined for a change that is never undone */
  private async write(next: ModelState, undo: (() => Promise<void>) | undefined): Promise<void> {
    const { model } = this.command;
    if (this.claim.isLost())
      throw new RolloutError({ kind: 'changed', model, change: 'the claim was taken over' });
    const former = this.state;
    // Recorded first: a write whose response is lost may still have arrived.
    if (undo) this.written.push({ former, wrote: next, follow: undo });
    if ((await replaceState(this.ports.document, model, former, next)) !== 'replaced') {
      if (undo) this.written.pop();
      throw new RolloutError({
        kind: 'changed',
        model,
        change: 'the release list differs from what this command read',
      });
    }
    this.state = next;
  }

  private warn(warning: Warning): void {
    this.warnings.push(warning);
    this.command.onEvent({ kind: 'warning', warning });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
