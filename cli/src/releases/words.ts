import { PAIRED_GATE, type Replay } from '../../../contracts/canary';
import type { Judgement } from '../../../rollout/canary/judgement';
import { gateInWords } from '../../../rollout/canary/words';
import type { RolloutEvent, Warning } from '../../../rollout/events';
import { RolloutError, RolloutFailed, type Aftermath, type Failure } from '../../../rollout/failures';
import { errors, UserError } from '../errors';

/** A progress line; undefined for events that need none. */
export function eventInWords(model: string, event: RolloutEvent): string | undefined {
  switch (event.kind) {
    case 'takingOver':
      return `finishing what \`${event.from}\` left`;
    case 'checked':
      return `checked ${model} version ${event.version}: ${shortDigest(event.image)}`;
    case 'starting':
      return `starting version ${event.version} without traffic`;
    case 'started':
      return `version ${event.version} answers when addressed directly`;
    case 'replaying':
      return `version ${event.version} decides on the prediction log, before any client sees it`;
    case 'replayed':
      return replayInWords(event.replay, event.judgement);
    case 'warmed':
      return `warmed version ${event.version} up with ${event.answered} logged rows${event.why === undefined ? '' : `; then: ${event.why}`}`;
    case 'switching':
      return `sending traffic to version ${event.version}`;
    case 'switched':
      return `version ${event.version} serves`;
    case 'removing':
      return event.versions.length === 0 ? 'cleaning up' : `removing version ${event.versions.join(', ')}`;
    case 'undoing':
      return 'restoring the previous releases';
    case 'warning':
      return warningInWords(model, event.warning);
    case 'removed':
    case 'aliasSet':
      return undefined;
  }
}

/** What the prediction log showed; of gates that the plan does not judge, the counts alone. */
function replayInWords({ tallies, why }: Replay, { gates }: Judgement): string {
  const counts = PAIRED_GATE.map((gate) => {
    const { rows, candidateWrong, championWrong } = tallies[gate];
    const judged = gates.find((each) => each.gate === gate);
    if (judged !== undefined) return gateInWords(judged);
    return `${gate} ${count(candidateWrong)} against ${count(championWrong)} of ${count(rows)}: not judged`;
  });
  return `by the prediction log: ${counts.join('; ')} (${why})`;
}

const count = (value: number) => value.toLocaleString('en');

export function warningInWords(model: string, warning: Warning): string {
  switch (warning.kind) {
    case 'aliasBehind':
      return `MLflow's champion alias of ${model} does not point to version ${warning.version} yet (${warning.reason}); the next \`mlops\` command that changes ${model} sets it.`;
    case 'removalPostponed':
      return `Old versions of ${model} could not be removed (${warning.reason}); the next \`mlops\` command that changes ${model} removes them.`;
    case 'busy':
      return `${model} was skipped: ${warning.by} is working on it.`;
  }
}

/** Converts any error to one for the person at the terminal. */
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
    case 'noChampion':
      return errors.noChampion(failure.model, failure.version);
    case 'canaryRunning':
      return errors.canaryRunning(failure.model, failure.version);
    case 'refusedByLog':
      return errors.refusedByLog(failure, failure.judgement.gates.map(gateInWords).join('; '));
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
        ? 'the previous releases were restored: nothing serves'
        : `the previous releases were restored: version ${aftermath.serving} serves`;
    case 'undoFailed':
      return `the previous releases could not be restored (${aftermath.reason}); the next \`mlops\` command tries again`;
    case 'leftToOthers':
      return 'another command has since changed the releases: its changes were kept';
    case 'unfinished':
      return 'the next `mlops` command completes or removes the unfinished change';
    case 'kept':
      return `the release list names version ${aftermath.version}, and every gateway pod follows once it reads the list; version ${aftermath.left ?? 'none'} was not restored`;
  }
}

/** `sha256:` and twelve digits. */
function shortDigest(image: string): string {
  return `${image.slice(image.indexOf('@') + 1).slice(0, 19)}…`;
}
