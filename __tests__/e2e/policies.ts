import { describe, expect, it } from '@jest/globals';
import { NAMESPACE } from '../../contracts/namespaces';
import { LABEL } from '../../contracts/objects';
import { clusterName, POD_PORT, SERVICE, type ServiceContract } from '../../contracts/services';
import { recordPolicyChecks } from '../../studies/recorder/published';
import { expectThat } from '../support/expect-that';
import { platform } from './support/cluster';
import { connections, type Address, type Origin, type Outcome } from './support/connections';
import { mlops } from './support/platform';

const ANYWHERE = [
  'dns',
  'gateway',
  'mlflow',
  'ociRegistry',
  'prometheus',
  'alertmanager',
  'grafana',
] as const;
const CLOSED_TO_STRANGERS = [
  'postgres',
  'quality',
  'gatewayInternal',
  'modelVersion',
  'kubeStateMetrics',
] as const;
const KUBERNETES = ['apiServer', 'kubelet'] as const;
const TARGETS = [...ANYWHERE, ...CLOSED_TO_STRANGERS, ...KUBERNETES] as const;
type Target = (typeof TARGETS)[number];

interface Source {
  /** `app.kubernetes.io/name` of a running pod to be like; undefined: a pod that no policy names. */
  readonly app?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** Itself: what a pod may send to its like is not looked at. */
  readonly self?: readonly Target[];
  readonly may: readonly Target[];
}

const { serving, registry, monitoring, ci } = NAMESPACE;

/** Who may connect to what. Everything else must fail. */
const SOURCES: Readonly<Record<string, Source>> = {
  gateway: {
    app: 'gateway',
    namespace: serving,
    self: ['gateway', 'gatewayInternal'],
    may: ['dns', 'modelVersion', 'quality'],
  },
  'model server': {
    app: 'model-version',
    namespace: serving,
    self: ['modelVersion'],
    may: ['dns', 'postgres'],
  },
  'rollout controller': {
    app: 'rollout-controller',
    namespace: serving,
    may: ['dns', 'prometheus', 'apiServer'],
  },
  mlflow: { app: 'mlflow', namespace: registry, self: ['mlflow'], may: ['dns', 'postgres'] },
  'labels and quality': { app: 'quality', namespace: registry, self: ['quality'], may: ['dns', 'postgres'] },
  postgres: { app: 'postgres', namespace: registry, self: ['postgres'], may: ['dns'] },
  'OCI registry': { app: 'oci-registry', namespace: registry, self: ['ociRegistry'], may: ['dns'] },
  prometheus: {
    app: 'prometheus',
    namespace: monitoring,
    self: ['prometheus'],
    may: [
      'dns',
      'alertmanager',
      'gatewayInternal',
      'modelVersion',
      'quality',
      'kubeStateMetrics',
      ...KUBERNETES,
    ],
  },
  alertmanager: { app: 'alertmanager', namespace: monitoring, self: ['alertmanager'], may: ['dns'] },
  grafana: { app: 'grafana', namespace: monitoring, self: ['grafana'], may: ['dns', 'prometheus'] },
  'kube-state-metrics': {
    app: 'kube-state-metrics',
    namespace: monitoring,
    self: ['kubeStateMetrics'],
    may: ['dns', 'apiServer'],
  },
  'metrics-server': { app: 'metrics-server', namespace: monitoring, may: ['dns', ...KUBERNETES] },
  training: {
    labels: { [LABEL.name]: 'training', 'app.kubernetes.io/instance': 'train-fraud' },
    namespace: ci,
    may: ['dns', 'mlflow', 'ociRegistry'],
  },
  'a stranger beside training': { namespace: ci, may: ['dns'] },
  'a stranger beside models': { namespace: serving, may: ['dns'] },
  // Nothing keeps these from going out, so only the doors of the platform do; those of NodePorts are open.
  'a pod of somebody else': { namespace: 'default', may: [...ANYWHERE, ...KUBERNETES] },
};

/** What network policies let through, tried by pods like the real ones. */
export function policies(): void {
  describe('network policies', () => {
    it('are said to be enforced', async () => {
      const { output } = await mlops(['status']);
      expect(output).toContain('Network policies are enforced');
    });

    it('let pass what the platform needs, and nothing else', async () => {
      const addresses = await targets();
      const image = await modelServerImage();
      const tried = await Promise.all(
        Object.entries(SOURCES).map(async ([name, source]) => {
          const asked = TARGETS.filter((target) => !source.self?.includes(target));
          const expected = asked.map((target): Outcome => (source.may.includes(target) ? 'open' : 'closed'));
          const outcomes = await connections(
            image,
            await originOf(source),
            asked.map((target) => addresses[target]),
            expected,
          );
          return asked.map((target, index) => ({
            what: `${name} → ${target}`,
            expected: expected[index],
            outcome: outcomes[index],
          }));
        }),
      );
      const checks = [...tried.flat(), ...(await fromOutside())];
      const wrong = checks.filter(({ expected, outcome }) => expected !== outcome);
      recordPolicyChecks(
        {
          must_pass: checks.filter(({ expected }) => expected === 'open').length,
          must_fail: checks.filter(({ expected }) => expected === 'closed').length,
          wrong: wrong.length,
        },
        'make e2e',
      );
      expectThat(wrong, `${String(checks.length)} connections were tried`).toEqual([]);
    });
  });
}

/** Every port of the platform answers on the host, through a NodePort. */
function fromOutside(): Promise<{ what: string; expected: Outcome; outcome: Outcome }[]> {
  const { ports, ci: builds } = platform().config;
  const open = Object.entries(ports).filter(([name]) => name !== 'ci' || builds.enabled);
  return Promise.all(
    open.map(async ([name, port]) => {
      const answer = await fetch(`http://127.0.0.1:${String(port)}/`, {
        signal: AbortSignal.timeout(10_000),
        redirect: 'manual',
      }).catch(() => undefined);
      return { what: `host → ${name}`, expected: 'open', outcome: answer ? 'open' : 'closed' } as const;
    }),
  );
}

async function targets(): Promise<Readonly<Record<Target, Address>>> {
  const service = (contract: ServiceContract) => ({ host: clusterName(contract), port: contract.port });
  const { gateway, mlflow, ociRegistry, prometheus, alertmanager, grafana, postgres, quality } = SERVICE;
  const { items } = await platform().kubernetes().core.listNode();
  const node = items[0]?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  return {
    dns: { host: 'kube-dns.kube-system.svc.cluster.local', port: 53 },
    gateway: service(gateway),
    mlflow: service(mlflow),
    ociRegistry: service(ociRegistry),
    prometheus: service(prometheus),
    alertmanager: service(alertmanager),
    grafana: service(grafana),
    postgres: service(postgres),
    quality: service(quality),
    gatewayInternal: await podOf(gateway.namespace, gateway.app, POD_PORT.gatewayInternal),
    modelVersion: await podOf(serving, 'model-version', POD_PORT.modelServer),
    kubeStateMetrics: await podOf(monitoring, 'kube-state-metrics', POD_PORT.kubeStateMetrics),
    apiServer: { host: 'kubernetes.default.svc.cluster.local', port: 443 },
    kubelet: { host: node, port: 10250 },
  };
}

async function podOf(namespace: string, app: string, port: number): Promise<Address> {
  const { status } = await running(namespace, app);
  return { host: status?.podIP ?? '', port };
}

async function originOf({ namespace, app, labels = {} }: Source): Promise<Origin> {
  if (app === undefined) return { namespace, labels };
  const own = (await running(namespace, app)).metadata?.labels ?? {};
  const instance = 'app.kubernetes.io/instance';
  return { namespace, labels: { [LABEL.name]: app, [instance]: own[instance] ?? '' } };
}

async function modelServerImage(): Promise<string> {
  const { spec } = await running(serving, 'model-version');
  return spec?.containers[0]?.image ?? '';
}

async function running(namespace: string, app: string) {
  const { items } = await platform()
    .kubernetes()
    .core.listNamespacedPod({
      namespace,
      labelSelector: `${LABEL.name}=${app}`,
      fieldSelector: 'status.phase=Running',
    });
  const [pod] = items.filter(({ metadata }) => metadata?.generateName !== 'connections-');
  if (!pod) throw new Error(`no pod of ${app} runs in ${namespace}`);
  return pod;
}
