import { NAMESPACE } from '../../../contracts/namespaces';
import { LABEL } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import type { Kubernetes } from '../cluster/kubernetes';

export interface ServingPod {
  readonly name: string;
  readonly uid: string;
  readonly container: string;
  readonly running: boolean;
  /** It has a log of what ran before the last restart. */
  readonly restarted: boolean;
}

/** Pods that a request goes through: those of the gateway, and of all versions of the model, or of all models. */
export async function servingPods({ core }: Kubernetes, model?: string): Promise<readonly ServingPod[]> {
  const namespace = NAMESPACE.serving;
  const selectors = [
    `${LABEL.name}=${SERVICE.gateway.app}`,
    model === undefined ? LABEL.model : `${LABEL.model}=${model}`,
  ];
  const lists = await Promise.all(
    selectors.map((labelSelector) => core.listNamespacedPod({ namespace, labelSelector })),
  );
  return lists
    .flatMap(({ items }) => items)
    .map(({ metadata, spec, status }) => {
      const state = status?.containerStatuses?.[0];
      return {
        name: metadata?.name ?? '',
        uid: metadata?.uid ?? '',
        container: spec?.containers[0]?.name ?? '',
        running: state?.state?.running !== undefined,
        restarted: (state?.restartCount ?? 0) > 0,
      };
    });
}

/** Names of a model's pods by IP address. */
export async function podNames(
  { core }: Kubernetes,
  model: string,
): Promise<Readonly<Record<string, string>>> {
  const { items } = await core.listNamespacedPod({
    namespace: NAMESPACE.serving,
    labelSelector: `${LABEL.model}=${model}`,
  });
  return Object.fromEntries(items.map(({ metadata, status }) => [status?.podIP ?? '', metadata?.name ?? '']));
}
