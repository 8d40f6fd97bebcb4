import type { Judgement } from './canary/judgement';
import type { Holder } from './ports';

/** Everything that can prevent a rollout, as data: the renderer chooses the words. */
export type Failure =
  /** A live command is working on the model. */
  | { readonly kind: 'claimed'; readonly model: string; readonly holder: string; readonly since: string }
  /** The model's releases have changed since this command started. */
  | { readonly kind: 'changed'; readonly model: string; readonly change: string }
  | { readonly kind: 'alreadyServing'; readonly model: string; readonly version: string }
  /** A canary is compared with what serves, and nothing does. */
  | { readonly kind: 'noChampion'; readonly model: string; readonly version: string }
  | { readonly kind: 'canaryRunning'; readonly model: string; readonly version: string }
  /** By the prediction log a version is worse, or it has too little to say and the plan does not hold. */
  | {
      readonly kind: 'refusedByLog';
      readonly model: string;
      readonly version: string;
      readonly champion: string;
      readonly judgement: Judgement;
      readonly why: string;
    }
  | { readonly kind: 'nothingToRollBackTo'; readonly model: string }
  | {
      readonly kind: 'neverDeployed';
      readonly model: string;
      readonly version: string;
      readonly deployed: readonly string[];
    }
  | { readonly kind: 'listInvalid'; readonly reason: string };

/** The state after a failed command. */
export type Aftermath =
  /** Nothing had been changed yet. */
  | { readonly kind: 'unchanged' }
  /** The releases are as before, but an apply was attempted. */
  | { readonly kind: 'sameReleases' }
  /** The previous releases were restored. */
  | { readonly kind: 'undone'; readonly serving: string | undefined }
  /** Undoing failed as well. */
  | { readonly kind: 'undoFailed'; readonly reason: string }
  /** Another command wrote after this one: its changes stay. */
  | { readonly kind: 'leftToOthers' }
  /** Interrupted: the next command continues from here. */
  | { readonly kind: 'unfinished' }
  /** A rollback is in the list, but not every gateway pod applies it yet; restoring the bad version would be worse. */
  | { readonly kind: 'kept'; readonly version: string; readonly left: string | undefined };

export class RolloutError extends Error {
  override readonly name = 'RolloutError';

  constructor(readonly failure: Failure) {
    super(JSON.stringify(failure));
  }
}

/** A rollout that failed after it began: the cause, and the state it left. */
export class RolloutFailed extends Error {
  override readonly name = 'RolloutFailed';

  constructor(
    override readonly cause: unknown,
    readonly aftermath: Aftermath,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** A holder in words. */
export function describeHolder({ who, pid, command }: Holder): string {
  return `${who} (${command}, process ${pid})`;
}
