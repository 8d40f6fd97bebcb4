import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import type { Gateway } from '../ports';
import { reasonOf, type KubernetesApi } from './api';

/** How long kubelet and the gateway may take to apply new weights. */
const PATIENCE_S = 60;
const POLL_MS = 100;
/** kubelet may sync before it has seen the new list: nudge it again. */
const NUDGE_AGAIN_S = 2;

const { namespace, app, port } = SERVICE.gateway;

type Api = Pick<KubernetesApi, 'core'>;

/** What is thrown when patience ends. Those who show it choose the words. */
export interface GatewayFailures {
  interrupted(): Error;
  noAnswer(model: string, address: string, reason: string): Error;
  gatewayNotSwitched(model: string, version: string, seconds: number, reasons: string): Error;
}

export interface WeightsAccess {
  readonly kubernetes: Api;
  readonly signal: AbortSignal;
  readonly failures: Pick<GatewayFailures, 'interrupted' | 'gatewayNotSwitched'>;
  /** @default 60 */
  readonly patienceSeconds?: number;
}

export interface GatewayAccess extends WeightsAccess {
  readonly failures: GatewayFailures;
  /** Calls with the gateway's address as clients see it. */
  readonly withAddress: <T>(use: (address: string) => Promise<T>) => Promise<T>;
}

/** The weights that the gateway's pods apply, which they report through the API server. */
export function gatewayWeights(access: WeightsAccess): Pick<Gateway, 'takeUp'> {
  const { kubernetes, signal, failures, patienceSeconds = PATIENCE_S } = access;
  return {
    takeUp: async (model, weights) => {
      const nudges = nudger(kubernetes);
      const deadline = Date.now() + patienceSeconds * 1000;
      for (;;) {
        if (signal.aborted) throw failures.interrupted();
        const configs = await gatewayConfigs(kubernetes);
        const late = configs.filter(({ config }) => !isInForce(config, model, weights));
        if (late.length === 0 && configs.length > 0) return;
        if (Date.now() >= deadline) {
          const reasons = late.map(({ pod, config }) => `${pod}: ${inWords(config, model)}`);
          throw failures.gatewayNotSwitched(model, versionOf(weights), patienceSeconds, reasons.join('; '));
        }
        await nudges(late.map(({ pod }) => pod));
        await sleep(POLL_MS);
      }
    },
  };
}

/** What every running gateway pod applies; undefined for one that does not answer. */
export async function gatewayConfigs(
  kubernetes: Api,
): Promise<readonly { readonly pod: string; readonly config: GatewayConfig | undefined }[]> {
  const pods = await runningPods(kubernetes);
  return Promise.all(pods.map(async (pod) => ({ pod, config: await configOf(kubernetes, pod) })));
}

/** What `GET /gateway/config` answers. */
export interface GatewayConfig {
  /** Model → version → weight, as applied by this pod. */
  readonly models?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Model → why the list's entry is not applied. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** The gateway's pods: each reads the release list and reports the weights it applies. */
export function gatewayOf(access: GatewayAccess): Gateway {
  const { kubernetes, signal, failures, withAddress, patienceSeconds = PATIENCE_S } = access;
  const ready = (model: string, version: string) =>
    withAddress(async (address) => {
      const url = `${address}/v2/models/${model}/versions/${version}/ready`;
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
        await response.arrayBuffer();
        return response.ok ? { url } : { url, why: `HTTP ${response.status}` };
      } catch (error) {
        return { url, why: reasonOf(error) };
      }
    });
  return {
    ...gatewayWeights(access),

    answers: async (model, version) => {
      const answer = await ready(model, version).catch((error: unknown) => ({ why: reasonOf(error) }));
      return !('why' in answer);
    },

    proveAnswers: async (model, version) => {
      const nudges = nudger(kubernetes);
      const deadline = Date.now() + patienceSeconds * 1000;
      for (;;) {
        if (signal.aborted) throw failures.interrupted();
        const answer = await ready(model, version);
        if (!('why' in answer)) return;
        if (Date.now() >= deadline) throw failures.noAnswer(model, answer.url, answer.why);
        await nudges(await runningPods(kubernetes));
        await sleep(POLL_MS);
      }
    },
  };
}

/** Names of running pods that are not terminating. */
async function runningPods({ core }: Api): Promise<readonly string[]> {
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: `${LABEL.name}=${app}`,
  });
  return items
    .filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Running')
    .map(({ metadata }) => metadata?.name ?? '');
}

/** Any change to a pod makes kubelet sync its volumes at once, instead of within about a minute. */
function nudger({ core }: Api): (pods: readonly string[]) => Promise<void> {
  let next = 0;
  return async (pods) => {
    if (Date.now() < next) return;
    next = Date.now() + NUDGE_AGAIN_S * 1000;
    const body = [
      { op: 'add', path: '/metadata/annotations/mlops.dev~1list-read', value: new Date().toISOString() },
    ];
    // Through the status subresource: permission for it does not allow changing what a pod runs.
    await Promise.all(
      pods.map((name) => core.patchNamespacedPodStatus({ namespace, name, body }).catch(() => undefined)),
    );
  };
}

async function configOf({ core }: Api, pod: string): Promise<GatewayConfig | undefined> {
  const request = { namespace, name: `${pod}:${port}`, path: 'gateway/config' };
  try {
    const answer: unknown = await core.connectGetNamespacedPodProxyWithPath(request);
    return (typeof answer === 'string' ? JSON.parse(answer) : answer) as GatewayConfig;
  } catch {
    return undefined;
  }
}

/** Whether a pod splits requests by exactly these weights. */
function isInForce(
  config: GatewayConfig | undefined,
  model: string,
  weights: Readonly<Record<string, number>>,
): boolean {
  const routes = config?.models?.[model];
  if (routes === undefined) return false;
  // Only a version without traffic may lack a route: it may still be starting.
  const versions = [...Object.keys(weights), ...Object.keys(routes)];
  return versions.every((version) => (routes[version] ?? 0) === (weights[version] ?? 0));
}

function inWords(config: GatewayConfig | undefined, model: string): string {
  if (config === undefined) return 'no answer';
  const refused = config.refused?.[model] ?? config.refused?.['*'];
  return refused ?? `sends ${JSON.stringify(config.models?.[model] ?? {})}`;
}

function versionOf(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights).find(([, weight]) => weight > 0)?.[0] ?? 'none';
}
