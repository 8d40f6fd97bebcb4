import type { GatewayConfig } from '../../../rollout/kubernetes/gateway';
import { serving, weightsOf, type ModelState } from '../../../rollout/releases';

/** What one layer of the platform says of a model, beside what the release list wants. */
export interface Layer {
  readonly model: string;
  readonly layer: string;
  readonly wanted: string;
  readonly got: string;
  readonly agrees: boolean;
}

export interface PodSeen {
  readonly version: string;
  readonly image: string;
  readonly isReady: boolean;
}

export interface Observed {
  readonly state: ModelState;
  readonly gateway: readonly { readonly pod: string; readonly config: GatewayConfig | undefined }[];
  readonly pods: readonly PodSeen[];
  /** MLflow's champion, or why it is unknown. */
  readonly champion: { readonly version: string | undefined } | { readonly unknown: string };
}

/** Every layer, whether it agrees or not. */
export function layersOf(model: string, { state, gateway, pods, champion }: Observed): readonly Layer[] {
  return [
    ...gatewayLayers(model, state, gateway),
    ...podLayers(model, state, pods),
    championLayer(model, state, champion),
  ];
}

function gatewayLayers(model: string, state: ModelState, gateway: Observed['gateway']): readonly Layer[] {
  const wanted = weightsInWords(weightsOf(state));
  if (gateway.length === 0)
    return [{ model, layer: 'gateway', wanted, got: 'no running pod', agrees: state.versions.length === 0 }];
  return gateway.map(({ pod, config }) => {
    const refused = config?.refused?.[model] ?? config?.refused?.['*'];
    const weights = weightsInWords(config?.models?.[model] ?? {});
    const got =
      config === undefined ? 'no answer' : refused === undefined ? weights : `refuses the list: ${refused}`;
    return { model, layer: `gateway ${pod}`, wanted, got, agrees: got === wanted };
  });
}

/** What runs of each version, and of versions that are in no list. */
function podLayers(model: string, { versions }: ModelState, pods: readonly PodSeen[]): readonly Layer[] {
  const listed = versions.map(({ version, image }) => {
    const own = pods.filter((pod) => pod.version === version);
    const strangers = own.filter((pod) => pod.image !== image);
    const ready = own.filter(({ isReady }) => isReady).length;
    const got =
      strangers.length > 0
        ? `${String(strangers.length)} pods of ${strangers[0]?.image ?? ''}`
        : `${String(ready)} of ${String(own.length)} pods ready`;
    const agrees = strangers.length === 0 && own.length > 0 && ready === own.length;
    return { model, layer: `pods of version ${version}`, wanted: `ready, of ${image}`, got, agrees };
  });
  const unlisted = [...new Set(pods.map(({ version }) => version))].filter(
    (version) => !versions.some((each) => each.version === version),
  );
  return [
    ...listed,
    ...unlisted.map((version) => ({
      model,
      layer: `pods of version ${version}`,
      wanted: 'none: it is not listed',
      got: `${String(pods.filter((pod) => pod.version === version).length)} pods`,
      agrees: false,
    })),
  ];
}

function championLayer(model: string, state: ModelState, champion: Observed['champion']): Layer {
  const wanted = serving(state)?.version ?? 'none';
  const got = 'unknown' in champion ? champion.unknown : (champion.version ?? 'none');
  return { model, layer: 'MLflow champion', wanted, got, agrees: got === wanted };
}

/** Shares above zero, the largest first: a version without traffic may lack a route while it starts. */
function weightsInWords(weights: Readonly<Record<string, number>>): string {
  const shares = Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .sort(([a, x], [b, y]) => y - x || Number(b) - Number(a))
    .map(([version, weight]) => `version ${version} ${String(weight)} %`);
  return shares.length === 0 ? 'nothing' : shares.join(', ');
}
