import { NameServer } from '../../../../studies/gateway/name-server';
import type { NginxProgram } from '../../../../studies/gateway/nginx-program';
import { modelServer, Pods } from './pods';
import { eventually, RunningGateway, type Render } from '../../../../studies/gateway/running-gateway';

/** Addresses of the pods, by Service. */
export const POD = {
  'fraud-v1': '127.0.0.21',
  'fraud-v2': '127.0.0.22',
  'churn-eu-v7': '127.0.0.27',
} as const;

/** The labels service; nobody answers there until a test starts somebody. */
export const LABELS = { address: '127.0.0.41', name: 'quality.mlops-registry.svc.cluster.local' } as const;

export type Service = keyof typeof POD;

export function nameOf(service: Service): string {
  return `${service}.mlops-serving.svc.cluster.local`;
}

export function fraud(...versions: readonly (readonly [version: string, weight: number])[]): unknown {
  return {
    versions: versions.map(([version, weight]) => ({ version, weight, image: `models/fraud:${version}` })),
  };
}

export const CHURN = { versions: [{ version: '7', weight: 100, image: 'models/churn-eu:7' }] };

export function listOf(fraudEntry: unknown): unknown {
  return { schema: 1, models: { fraud: fraudEntry, 'churn-eu': CHURN } };
}

/** A gateway, name server and one pod per version. */
export interface TestPlatform {
  readonly gateway: RunningGateway;
  readonly names: NameServer;
  readonly pods: Pods;
  stop(): Promise<void>;
}

export async function startPlatform(
  program: NginxProgram,
  releases: unknown,
  render: Render = 'renders what is recorded',
): Promise<TestPlatform> {
  const names = new NameServer();
  const pods = new Pods();
  await pods.start(POD['fraud-v1'], modelServer('fraud', '1'));
  await pods.start(POD['fraud-v2'], modelServer('fraud', '2'));
  await pods.start(POD['churn-eu-v7'], modelServer('churn-eu', '7'));
  for (const service of Object.keys(POD) as Service[]) names.addresses.set(nameOf(service), [POD[service]]);
  names.addresses.set(LABELS.name, [LABELS.address]);
  const gateway = new RunningGateway(program, await names.start(), pods.port);
  gateway.releases(releases);
  await gateway.start(render);
  // Its upstreams have their first addresses.
  await eventually(
    async () => (await gateway.ask('/v2/models/fraud/versions/2/infer', {}, '{}')).status === 200,
    5,
  );
  return {
    gateway,
    names,
    pods,
    stop: async () => {
      await gateway.dispose();
      names.stop();
      await pods.stopAll();
    },
  };
}
