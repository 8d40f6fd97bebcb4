import { scalar } from '../../contracts/quantity';

/** What `metrics.k8s.io` says of a pod. */
export interface PodMetrics {
  readonly containers: readonly { readonly usage: { readonly cpu: string } }[];
}

/** Cores that the pods use together. */
export function coresOf(pods: readonly PodMetrics[]): number {
  return pods.flatMap(({ containers }) => containers).reduce((sum, { usage }) => sum + scalar(usage.cpu), 0);
}

/** The autoscaler leaves things alone within a tenth of its target: between two numbers of pods is the safest. */
const HALF = 0.5;
/** Least amount: below it, what a pod does without requests counts for more. */
const LEAST_MILLICORES = 5;

/**
 * The CPU per pod, in millicores, with which an autoscaler wants `pods` for a load that uses so many cores together.
 * @throws Error when pods without load would use as much
 */
export function millicoresFor(pods: number, underLoad: number, least: number, idle: number): number {
  const target = Math.floor((underLoad / (pods - HALF)) * 1000);
  const idleOfAll = (idle / least) * pods;
  if (target < LEAST_MILLICORES || idleOfAll * 1000 > (least - HALF) * target)
    throw new Error(
      `${String(least)} pods use ${underLoad.toFixed(3)} cores under load and ${idle.toFixed(3)} without: too little between them for ${String(pods)} pods and back; send more requests a second`,
    );
  return target;
}
