import type { Canary } from '../../contracts/canary';
import type { Decision } from './decide';

/** What happens to a canary that is watched. Renderers choose the words. */
export type CanaryEvent =
  /** What is known now, and what follows; at every look. */
  | { readonly kind: 'judged'; readonly canary: Canary; readonly decision: Decision }
  | { readonly kind: 'in-force' | 'raised' | 'promoted'; readonly version: string; readonly weight: number }
  | { readonly kind: 'rolled-back'; readonly version: string; readonly from: string; readonly why: string }
  /** Probation is over. */
  | { readonly kind: 'passed'; readonly version: string }
  /** A command works on the model. */
  | { readonly kind: 'waiting'; readonly for: string }
  /** Whether a controller in the cluster decides. */
  | { readonly kind: 'led' | 'unled' }
  /** Something else changed the list first; the next look starts from what it wrote. */
  | { readonly kind: 'overtaken' }
  /** A part of the platform failed; the next look tries again. */
  | { readonly kind: 'failed'; readonly what: 'list' | 'gateway' | 'alias'; readonly why: string };

export type CanaryListener = (event: CanaryEvent) => void;
