/** What happens during a rollout. Renderers choose the words; nothing depends on being listened to. */
export type RolloutEvent =
  /** A command did not come to its end; this one finishes or removes what it left. */
  | { readonly kind: 'takingOver'; readonly from: string }
  | { readonly kind: 'checked'; readonly version: string; readonly image: string }
  | { readonly kind: 'starting' | 'started'; readonly version: string }
  | { readonly kind: 'switching' | 'switched'; readonly version: string; readonly from: string | undefined }
  | { readonly kind: 'removing' | 'removed'; readonly versions: readonly string[] }
  | { readonly kind: 'aliasSet'; readonly alias: string; readonly version: string }
  | { readonly kind: 'undoing' }
  | { readonly kind: 'warning'; readonly warning: Warning };

/** The rollout happened; this did not. */
export type Warning =
  | { readonly kind: 'aliasBehind'; readonly version: string; readonly reason: string }
  | { readonly kind: 'removalPostponed'; readonly versions: readonly string[]; readonly reason: string }
  | { readonly kind: 'busy'; readonly by: string };

export type Listener = (event: RolloutEvent) => void;
