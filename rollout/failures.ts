import type { Holder } from './ports';

/** Everything that can keep a rollout from happening, as data: whoever renders it chooses the words. */
export type Failure =
  /** A living command works on the model. */
  | { readonly kind: 'claimed'; readonly model: string; readonly holder: string; readonly since: string }
  /** Somebody changed the model's releases since this command was given. */
  | { readonly kind: 'changed'; readonly model: string; readonly change: string }
  | { readonly kind: 'alreadyServing'; readonly model: string; readonly version: string }
  | { readonly kind: 'nothingToRollBackTo'; readonly model: string }
  | {
      readonly kind: 'neverDeployed';
      readonly model: string;
      readonly version: string;
      readonly deployed: readonly string[];
    }
  | { readonly kind: 'listInvalid'; readonly reason: string };

/** What became of what a failed command had begun. */
export type Aftermath =
  /** It had changed nothing yet. */
  | { readonly kind: 'unchanged' }
  /** The releases are as they were; starting what they say was tried. */
  | { readonly kind: 'sameReleases' }
  /** The former releases are in force again. */
  | { readonly kind: 'undone'; readonly serving: string | undefined }
  /** Undoing failed as well; `serving` is what the release list says. */
  | { readonly kind: 'undoFailed'; readonly reason: string }
  /** Somebody else wrote after this command: theirs stays. */
  | { readonly kind: 'leftToOthers' }
  /** Interrupted: the next command goes on from here. */
  | { readonly kind: 'unfinished' }
  /** A rollback is in the list, but not in force everywhere; putting back what the user flees from would be worse. */
  | { readonly kind: 'kept'; readonly version: string; readonly left: string | undefined };

export class RolloutError extends Error {
  override readonly name = 'RolloutError';

  constructor(readonly failure: Failure) {
    super(JSON.stringify(failure));
  }
}

/** A rollout that began and failed: the cause, and what became of what was begun. */
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
