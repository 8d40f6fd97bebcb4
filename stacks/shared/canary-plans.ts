import type { ModelConfig } from './config-types';
import type { Problem } from './errors';

/** Of canary plans, what the schema cannot say. */
export function canaryProblems(file: string, models: Readonly<Record<string, ModelConfig>>): Problem[] {
  return Object.entries(models).flatMap(([name, { canary }]) => {
    const { steps } = canary;
    const rises = steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0));
    if (rises && steps.at(-1) === 100) return [];
    return [
      {
        file,
        path: `models.${name}.canary.steps`,
        what: rises ? 'does not end in 100' : 'does not rise',
        got: steps,
        expected: 'shares of the traffic in percent, each larger than the one before, the last one 100',
        fix: `correct models.${name}.canary.steps, for example [5, 25, 50, 100]`,
      },
    ];
  });
}
