import type { Canary } from '../../contracts/canary';

/**
 * Share of the traffic that a canary has at its step, in percent. In probation the champion keeps the first share of the
 * plan: without anything to compare with, a fault of the platform would look like one of the version.
 */
export function weightOf({ phase, plan: { steps }, step }: Pick<Canary, 'phase' | 'plan' | 'step'>): number {
  return (phase === 'probation' ? 100 - (steps[0] ?? 0) : steps[step]) ?? 0;
}
