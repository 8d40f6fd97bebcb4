import { gateInWords } from '../../../rollout/canary/words';
import type { CanaryStatus } from '../status/canary';

/** A canary for a terminal: its step, what is known, and what is missing for the next. */
export function describeCanary(canary: CanaryStatus): readonly string[] {
  const { version, champion, phase, weight, steps, since, until, gates, next } = canary;
  const plan = phase === 'canary' ? ` of ${steps.join(', ')} %` : ', in probation';
  const lease = until === null ? '' : `; unwatched it ends at ${until}`;
  return [
    `  canary             version ${version} beside ${champion} at ${String(weight)} %${plan}, since ${since ?? 'not yet'}${lease}`,
    ...gates.map((gate) => `                     ${gateInWords(gate)}`),
    `                     ${next}`,
  ];
}
