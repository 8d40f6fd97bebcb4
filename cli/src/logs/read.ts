import { NAMESPACE } from '../../../contracts/namespaces';
import { reasonOf, type Kubernetes } from '../cluster/kubernetes';
import { byTime, isWanted, parseLine, type LineFilter, type LogLine } from './line';
import { servingPods, type ServingPod } from './pods';

export interface Logs {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** Pods whose log was asked for. */
  readonly pods: readonly string[];
  /** Pods whose log could not be read, and why. */
  readonly unread: readonly { readonly pod: string; readonly reason: string }[];
}

/** What the pods wrote in the last seconds, also before a restart. */
export async function readLogs(
  kubernetes: Kubernetes,
  sinceSeconds: number,
  filter: LineFilter,
): Promise<Logs> {
  const pods = await servingPods(kubernetes, filter.model);
  const unread: { pod: string; reason: string }[] = [];
  const lines = await Promise.all(
    pods.map(async (pod) => {
      try {
        return await linesOf(kubernetes, pod, sinceSeconds);
      } catch (error) {
        unread.push({ pod: pod.name, reason: reasonOf(error) });
        return [];
      }
    }),
  );
  return {
    lines: lines
      .flat()
      .filter((line) => isWanted(line, filter))
      .toSorted(byTime),
    pods: pods.map(({ name }) => name),
    unread,
  };
}

async function linesOf({ core }: Kubernetes, pod: ServingPod, sinceSeconds: number): Promise<LogLine[]> {
  const read = (previous: boolean) =>
    core.readNamespacedPodLog({
      namespace: NAMESPACE.serving,
      name: pod.name,
      container: pod.container,
      sinceSeconds,
      timestamps: true,
      previous,
    });
  // kubelet may have removed the container that ran before.
  const texts = [pod.restarted ? await read(true).catch(() => '') : '', await read(false)];
  return texts
    .flatMap((text) => text.split('\n'))
    .flatMap((raw) => {
      const line = parseLine(pod.name, raw);
      return line === undefined ? [] : [line];
    });
}
