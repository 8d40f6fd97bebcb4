import { reasonOf } from '../../contracts/reason';
import type { Canary } from '../../contracts/canary';
import { describeHolder } from '../failures';
import { readState, replaceState } from '../model-store';
import type { Ports } from '../ports';
import { weightsOf, type ModelState } from '../releases';
import { decide, type Decision } from './decide';
import type { CanaryListener } from './events';
import type { EvidenceReader, Reading } from './evidence';
import { after, inForce } from './states';

/** What a watcher needs of the rollout's ports. */
export interface CanaryPorts extends Pick<Ports, 'document' | 'clock'> {
  readonly claims: Pick<Ports['claims'], 'read'>;
  readonly processes: Pick<Ports['processes'], 'liveness'>;
  readonly gateway: Pick<Ports['gateway'], 'takeUp'>;
  /** Its alias follows the list. Without it, with the next command. */
  readonly registry?: Pick<Ports['registry'], 'setAlias'>;
  readonly evidence: EvidenceReader;
}

/** Who watches which model. */
export interface Watcher {
  readonly model: string;
  /** For the history. */
  readonly by: string;
  readonly onEvent: CanaryListener;
}

export interface Patience {
  readonly signal: AbortSignal;
  /** Between two looks. */
  readonly seconds: number;
}

/**
 * Watches a model's canary until it ends, or until the signal. Several may watch: each step is one compare-and-swap, and
 * all that is known is in the list, so one that was killed is continued by any other. Without any the lease ends.
 */
export async function watch(
  ports: CanaryPorts,
  watcher: Watcher,
  { signal, seconds }: Patience,
): Promise<void> {
  while (!signal.aborted) {
    if (await look(ports, watcher)) return;
    await ports.clock.sleep(seconds);
  }
}

/**
 * Looks once at a model's canary, and does what follows.
 * @returns whether there is none any more
 */
export async function look(ports: CanaryPorts, watcher: Watcher): Promise<boolean> {
  const { model, onEvent } = watcher;
  try {
    const state = await readState(ports.document, model);
    if (state.canary === undefined) return true;
    const holder = await liveHolder(ports, model);
    if (holder !== undefined) {
      onEvent({ kind: 'waiting', for: holder });
      return false;
    }
    return await proceed(ports, watcher, state, state.canary);
  } catch (error) {
    onEvent({ kind: 'failed', what: 'list', why: reasonOf(error) });
    return false;
  }
}

async function proceed(
  ports: CanaryPorts,
  watcher: Watcher,
  state: ModelState,
  canary: Canary,
): Promise<boolean> {
  const { model, by, onEvent } = watcher;
  const { clock, document } = ports;
  const reading = await read(ports, model, canary);
  const now = clock.now();
  const weight = weightsOf(state)[canary.version] ?? 0;
  const decision = decide(canary, weight, reading, now);
  onEvent({ kind: 'judged', canary, decision });
  if (decision.kind === 'hold' && decision.reason === 'weights-not-in-force')
    return confirm(ports, watcher, state, canary, weight);
  const evidence = reading.kind === 'evidence' ? reading : undefined;
  const next = after(state, canary, decision, evidence, { model, by, now });
  if (next === state) return false;
  if ((await replaceState(document, model, state, next)) === 'changed') {
    onEvent({ kind: 'overtaken' });
    return false;
  }
  return follow(ports, watcher, next, canary, decision);
}

/** Waits until the weights are in force, and from then on counts. */
async function confirm(
  ports: CanaryPorts,
  watcher: Watcher,
  state: ModelState,
  canary: Canary,
  weight: number,
): Promise<boolean> {
  const { model, onEvent } = watcher;
  if (!(await takeUp(ports, watcher, state))) return false;
  const next = inForce(state, canary, ports.clock.now());
  if ((await replaceState(ports.document, model, state, next)) === 'changed') onEvent({ kind: 'overtaken' });
  else onEvent({ kind: 'in-force', version: canary.version, weight });
  if (canary.phase === 'probation') await tellRegistry(ports, watcher, canary.version);
  return false;
}

/** After a written decision. The list is authoritative: what fails here is tried again, or follows by itself. */
async function follow(
  ports: CanaryPorts,
  watcher: Watcher,
  state: ModelState,
  { version, champion, phase }: Canary,
  decision: Decision,
): Promise<boolean> {
  const { onEvent } = watcher;
  switch (decision.kind) {
    case 'hold':
      return false;
    case 'raise':
      onEvent({ kind: 'raised', version, weight: weightsOf(state)[version] ?? 0 });
      return false;
    case 'promote':
      onEvent({ kind: 'promoted', version, weight: weightsOf(state)[version] ?? 0 });
      return false;
    case 'finish':
      onEvent({ kind: 'passed', version });
      await takeUp(ports, watcher, state);
      return true;
    case 'rollback':
      onEvent({ kind: 'rolled-back', version: champion, from: version, why: decision.why });
      await takeUp(ports, watcher, state);
      if (phase === 'probation') await tellRegistry(ports, watcher, champion);
      return true;
  }
}

/** @returns whether every gateway pod splits by the weights */
async function takeUp(
  { gateway }: CanaryPorts,
  { model, onEvent }: Watcher,
  state: ModelState,
): Promise<boolean> {
  try {
    await gateway.takeUp(model, weightsOf(state));
    return true;
  } catch (error) {
    onEvent({ kind: 'failed', what: 'gateway', why: reasonOf(error) });
    return false;
  }
}

async function tellRegistry({ registry }: CanaryPorts, watcher: Watcher, version: string): Promise<void> {
  try {
    await registry?.setAlias(watcher.model, 'champion', version);
  } catch (error) {
    watcher.onEvent({ kind: 'failed', what: 'alias', why: reasonOf(error) });
  }
}

/** What is known about a canary since its weights are in force. */
export async function read(
  { evidence, clock }: CanaryPorts,
  model: string,
  canary: Canary,
): Promise<Reading> {
  const { version: candidate, champion, since } = canary;
  const question = { model, candidate, champion, since: since === undefined ? clock.now() : new Date(since) };
  try {
    return await evidence.read(question);
  } catch (error) {
    return { kind: 'none', reason: 'no-answer', why: reasonOf(error) };
  }
}

/** The command that works on the model now. */
async function liveHolder(
  { claims, processes, clock }: CanaryPorts,
  model: string,
): Promise<string | undefined> {
  const { record } = (await claims.read(model)) ?? {};
  if (record?.holder === undefined || processes.liveness(record.holder) === 'dead') return undefined;
  const age = (clock.now().getTime() - record.renewed.getTime()) / 1000;
  return age > record.seconds ? undefined : describeHolder(record.holder);
}
