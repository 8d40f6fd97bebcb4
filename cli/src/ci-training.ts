import { followRequest } from './ci-follow';
import { errors } from './errors';
import type { Step } from './render/steps';
import { withCi, type Session } from './session';
import type { TrainingResult } from './training';

export interface CiTrainOptions {
  readonly asOf?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly onResult: (result: TrainingResult) => void;
}

/** Asks the CI for a training and follows the build, with its lines as progress. */
export function ciTrainStep(session: Session, model: string, { asOf, set, onResult }: CiTrainOptions): Step {
  return {
    title: `Train ${model} in the CI`,
    run: (report) =>
      withCi(session, async (ci) => {
        const request = await ci.force('train', {
          model,
          as_of: asOf ?? '',
          set: (set ?? []).join(' '),
          reason: `asked for by ${session.user}`,
        });
        const lines = await followRequest(ci, request, session.signal, report);
        const result = resultOf(lines);
        if (result === undefined)
          throw errors.trainingFailed(model, `request ${String(request)}`, 'it printed no result');
        onResult(result);
        return `Trained ${model} version ${result.version} in the CI`;
      }),
  };
}

/** The result that `mlops train --json` prints last. */
export function resultOf(lines: readonly string[]): TrainingResult | undefined {
  for (const line of lines.toReversed()) {
    if (!line.startsWith('{')) continue;
    try {
      const value = JSON.parse(line) as Partial<TrainingResult>;
      if (typeof value.version === 'string' && typeof value.model === 'string')
        return value as TrainingResult;
    } catch {
      // A line that a program broke off.
    }
  }
  return undefined;
}
