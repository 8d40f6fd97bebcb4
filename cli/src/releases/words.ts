import type { RolloutEvent, Warning } from '../../../rollout/events';
import { RolloutError, RolloutFailed, type Aftermath, type Failure } from '../../../rollout/failures';
import { errors, UserError } from '../errors';

/** A line about what happens; undefined for what a line would not help. */
export function eventInWords(model: string, event: RolloutEvent): string | undefined {
  switch (event.kind) {
    case 'takingOver':
      return `finishing what \`${event.from}\` left`;
    case 'checked':
      return `checked ${model} version ${event.version}: ${shortDigest(event.image)}`;
    case 'starting':
      return `starting version ${event.version} without traffic`;
    case 'started':
      return `version ${event.version} answers when asked for by name`;
    case 'switching':
      return `sending the traffic to version ${event.version}`;
    case 'switched':
      return `version ${event.version} serves`;
    case 'removing':
      return event.versions.length === 0 ? 'clearing up' : `removing version ${event.versions.join(', ')}`;
    case 'undoing':
      return 'putting the former releases back';
    case 'warning':
      return warningInWords(model, event.warning);
    case 'removed':
    case 'aliasSet':
      return undefined;
  }
}

export function warningInWords(model: string, warning: Warning): string {
  switch (warning.kind) {
    case 'aliasBehind':
      return `MLflow's alias champion of ${model} does not say version ${warning.version} yet (${warning.reason}); the next \`mlops\` command that changes ${model} sets it.`;
    case 'removalPostponed':
      return `What is no longer needed of ${model} could not be removed (${warning.reason}); the next \`mlops\` command that changes ${model} does.`;
    case 'busy':
      return `${model} was left alone: ${warning.by} works on it.`;
  }
}

/** Any error as one for the person at the terminal. */
export function toUserError(error: unknown): unknown {
  if (error instanceof RolloutError) return failureInWords(error.failure);
  if (!(error instanceof RolloutFailed)) return error;
  const cause = toUserError(error.cause);
  const now = aftermathInWords(error.aftermath);
  if (cause instanceof UserError) {
    return new UserError({ ...cause.problem, now }, cause.exitCode, { cause: error });
  }
  return errors.rolloutFailed(error.message, now, error);
}

function failureInWords(failure: Failure): UserError {
  switch (failure.kind) {
    case 'claimed':
      return errors.claimed(failure.model, failure.holder, failure.since);
    case 'changed':
      return errors.changedMeanwhile(failure.model, failure.change);
    case 'alreadyServing':
      return errors.alreadyServing(failure.model, failure.version);
    case 'nothingToRollBackTo':
      return errors.nothingToRollBackTo(failure.model);
    case 'neverDeployed':
      return errors.neverDeployed(failure.model, failure.version, failure.deployed);
    case 'listInvalid':
      return errors.releaseListInvalid(failure.reason);
  }
}

function aftermathInWords(aftermath: Aftermath): string {
  switch (aftermath.kind) {
    case 'unchanged':
      return 'nothing was changed';
    case 'sameReleases':
      return 'the release list is as it was';
    case 'undone':
      return aftermath.serving === undefined
        ? 'the former releases were put back: nothing serves'
        : `the former releases were put back: version ${aftermath.serving} serves`;
    case 'undoFailed':
      return `the former releases could not be put back (${aftermath.reason}); the next \`mlops\` command tries again`;
    case 'leftToOthers':
      return 'somebody else changed the releases since: theirs were left as they are';
    case 'unfinished':
      return 'the next `mlops` command finishes or removes what was begun';
    case 'kept':
      return `the release list says version ${aftermath.version}, and every gateway pod follows as soon as it reads it; version ${aftermath.left ?? 'none'} was not put back`;
  }
}

/** Twelve digits of the digest say enough. */
function shortDigest(image: string): string {
  return `${image.slice(image.indexOf('@') + 1).slice(0, 19)}…`;
}
