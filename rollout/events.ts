import type { Replay } from '../contracts/canary';
import type { Judgement } from './canary/judgement';
import type { WarmUp } from './replay/warm-up';

/** Events of a rollout. Renderers choose the words; nothing depends on a listener. */
export type RolloutEvent =
  /** An earlier command did not finish; this one completes or removes what it left. */
  | { readonly kind: 'takingOver'; readonly from: string }
  | { readonly kind: 'checked'; readonly version: string; readonly image: string }
  | { readonly kind: 'starting' | 'started'; readonly version: string }
  /** A version without traffic decides on what was logged. */
  | { readonly kind: 'replaying'; readonly version: string }
  | {
      readonly kind: 'replayed';
      readonly version: string;
      readonly replay: Replay;
      readonly judgement: Judgement;
    }
  | ({ readonly kind: 'warmed'; readonly version: string } & WarmUp)
  | { readonly kind: 'switching' | 'switched'; readonly version: string; readonly from: string | undefined }
  | { readonly kind: 'removing' | 'removed'; readonly versions: readonly string[] }
  | { readonly kind: 'aliasSet'; readonly alias: string; readonly version: string }
  | { readonly kind: 'undoing' }
  | { readonly kind: 'warning'; readonly warning: Warning };

/** The rollout succeeded; this part did not. */
export type Warning =
  | { readonly kind: 'aliasBehind'; readonly version: string; readonly reason: string }
  | { readonly kind: 'removalPostponed'; readonly versions: readonly string[]; readonly reason: string }
  | { readonly kind: 'busy'; readonly by: string };

export type Listener = (event: RolloutEvent) => void;
