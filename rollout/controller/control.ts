import { reasonOf } from '../../contracts/reason';
import type { CanaryEvent } from '../canary/events';
import { watch, type CanaryPorts } from '../canary/watch';

export type ControllerEvent =
  | { readonly kind: 'watching' | 'ended'; readonly model: string }
  | { readonly kind: 'canary'; readonly model: string; readonly event: CanaryEvent }
  | { readonly kind: 'list-unreadable'; readonly why: string };

export interface Controller {
  /** For the history. */
  readonly by: string;
  /** Between two looks at the release list, and at each canary. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ControllerEvent) => void;
  /** After each look at the release list, whether it could be read or not. */
  readonly onLook?: () => void;
}

/**
 * Watches the canaries of all models until the signal, those that are there already and those that begin. Returns when
 * every watch has ended. What ends or begins meanwhile is found in the list: nothing is remembered.
 */
export async function control(
  portsOf: (model: string, signal: AbortSignal) => CanaryPorts,
  list: Pick<CanaryPorts, 'document' | 'clock'>,
  { by, seconds, signal, onEvent, onLook }: Controller,
): Promise<void> {
  const watched = new Map<string, Promise<void>>();
  const begin = (model: string) => {
    onEvent({ kind: 'watching', model });
    const watcher = {
      model,
      by,
      onEvent: (event: CanaryEvent) => {
        onEvent({ kind: 'canary', model, event });
      },
    };
    const watching = watch(portsOf(model, signal), watcher, { signal, seconds }).finally(() => {
      watched.delete(model);
      onEvent({ kind: 'ended', model });
    });
    watched.set(model, watching);
  };
  while (!signal.aborted) {
    try {
      const { releases } = await list.document.read();
      for (const [model, { canary }] of Object.entries(releases.list.models))
        if (canary !== undefined && !watched.has(model)) begin(model);
    } catch (error) {
      onEvent({ kind: 'list-unreadable', why: reasonOf(error) });
    }
    onLook?.();
    await list.clock.sleep(seconds);
  }
  await Promise.all(watched.values());
}
