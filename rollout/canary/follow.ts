import { reasonOf } from '../../contracts/reason';
import type { Canary } from '../../contracts/canary';
import { readState } from '../model-store';
import { serving, weightsOf, type ModelState } from '../releases';
import { decide } from './decide';
import { look, read, type CanaryPorts, type Patience, type Watcher } from './watch';

/** How a canary ended, as the list tells. */
export type CanaryEnd =
  { readonly kind: 'passed' | 'replaced' } | { readonly kind: 'rolled-back'; readonly why: string };

/**
 * Follows a model's canary to its end, or until the signal: shows what a controller decides while one leads, and decides
 * itself while none does.
 * @param isLed whether a controller leads
 * @returns whether a controller led when it was last looked
 */
export async function follow(
  ports: CanaryPorts,
  watcher: Watcher,
  { signal, seconds }: Patience,
  isLed: () => Promise<boolean>,
): Promise<boolean> {
  const { onEvent } = watcher;
  let led: boolean | undefined;
  let before: Canary | undefined;
  while (!signal.aborted) {
    try {
      const now = await isLed();
      if (now !== led) onEvent({ kind: now ? 'led' : 'unled' });
      led = now;
      if (led) {
        const state = await readState(ports.document, watcher.model);
        if (state.canary === undefined) return led;
        await show(ports, watcher, state, state.canary, before);
        before = state.canary;
      } else if (await look(ports, watcher)) return led;
    } catch (error) {
      onEvent({ kind: 'failed', what: 'list', why: reasonOf(error) });
    }
    await ports.clock.sleep(seconds);
  }
  return led ?? false;
}

/** What became of a canary that is not in the list any more. */
export function endOf(state: ModelState, version: string): CanaryEnd {
  const last = state.entries.at(-1);
  // A rollback that somebody asked for has no reason.
  if (last?.action === 'rollback' && last.from === version && last.reason !== undefined)
    return { kind: 'rolled-back', why: last.note };
  const passed = last?.action === 'deploy' && last.version === version && last.reason !== undefined;
  return { kind: passed && serving(state)?.version === version ? 'passed' : 'replaced' };
}

async function show(
  ports: CanaryPorts,
  { model, onEvent }: Watcher,
  state: ModelState,
  canary: Canary,
  before: Canary | undefined,
): Promise<void> {
  const { version, phase, step, since } = canary;
  const weight = weightsOf(state)[version] ?? 0;
  if (before?.version === version) {
    if (phase !== before.phase) onEvent({ kind: 'promoted', version, weight });
    else if (step !== before.step) onEvent({ kind: 'raised', version, weight });
  }
  if (since !== undefined && since !== before?.since) onEvent({ kind: 'in-force', version, weight });
  const reading = await read(ports, model, canary);
  onEvent({ kind: 'judged', canary, decision: decide(canary, weight, reading, ports.clock.now()) });
}
