import { NAMESPACE } from '../../../contracts/namespaces';
import { LABEL } from '../../../contracts/objects';
import { gatewayConfigs } from '../../../rollout/kubernetes/gateway';
import { stateOf, type Releases } from '../../../rollout/releases';
import { reasonOf, type Kubernetes } from '../cluster/kubernetes';
import { withMlflow, type Session } from '../session';
import type { Observed, PodSeen } from './layers';

/** What the layers say of a model now. */
export async function observe(session: Session, stored: Releases, model: string): Promise<Observed> {
  const kubernetes = session.kubernetes();
  const [gateway, pods, champion] = await Promise.all([
    gatewayConfigs(kubernetes),
    podsOf(kubernetes, model),
    withMlflow(session, async (mlflow) => ({ version: (await mlflow.aliases(model)).champion })).catch(
      (error: unknown) => ({ unknown: reasonOf(error).split('\n')[0] ?? '' }),
    ),
  ]);
  return { state: stateOf(stored, model), gateway, pods, champion };
}

async function podsOf({ core }: Kubernetes, model: string): Promise<readonly PodSeen[]> {
  const { items } = await core.listNamespacedPod({
    namespace: NAMESPACE.serving,
    labelSelector: `${LABEL.model}=${model}`,
  });
  return items
    .filter(({ metadata }) => !metadata?.deletionTimestamp)
    .map(({ metadata, spec, status }) => ({
      version: metadata?.labels?.[LABEL.modelVersion] ?? '',
      image: spec?.containers[0]?.image ?? '',
      isReady:
        status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    }));
}
