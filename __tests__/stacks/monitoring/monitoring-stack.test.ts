import { Release } from '@cdktf/provider-helm/lib/release';
import { describe, expect, it } from '@jest/globals';
import { literal, platformContent, type MonitoringContent } from '../../../stacks/monitoring/content';
import { MonitoringStack } from '../../../stacks/monitoring/monitoring-stack';
import { NODE_PORT, SERVICE } from '../../../contracts/services';
import { asText, portable, synthesize, testPlatform, valuesOf, type TestPlatform } from '../support';

const alert = { alert: 'A', expr: 'vector(1)', annotations: { summary: '{{ $value }} ${x} %{y}' } };
const content: MonitoringContent = {
  rules: { own: { groups: [{ name: 'own', rules: [alert] }] } },
  dashboards: { 'mlops-own': '{}' },
  alerts: { config: { route: { receiver: 'none' }, receivers: [{ name: 'none' }] } },
};

/** The stack with little to show: what the platform shows is tested where it is written. */
class SmallMonitoring extends MonitoringStack {
  constructor(...[scope, id, props]: ConstructorParameters<typeof MonitoringStack>) {
    super(scope, id, { ...props, content });
  }
}

const stackFor = (config: TestPlatform['config'] = {}) =>
  synthesize(SmallMonitoring, 'monitoring', testPlatform({ config }));
const releasesOf = (stack: ReturnType<typeof stackFor>) =>
  Object.keys((stack.resource as typeof stack.resource | undefined)?.helm_release ?? {}).sort();

const bundled = stackFor();

const sharedCluster: TestPlatform['config'] = {
  cluster: { type: 'existing', name: 'shared', context: 'prod' },
};

describe('bundled monitoring', () => {
  it('matches its snapshot', () => {
    expect(portable(bundled)).toMatchSnapshot();
  });

  it('has no password in its values', () => {
    const values = releasesOf(bundled).map((name) => valuesOf(bundled, name));
    expect(JSON.stringify(values)).not.toMatch(/password/i);
  });

  it.each(['prometheus', 'alertmanager', 'grafana'] as const)('opens %s on its contracted port', (name) => {
    expect(valuesOf(bundled, name)).toMatchObject({
      service: { type: 'NodePort', nodePort: NODE_PORT[name] },
      credentials: `${name}-credentials`,
    });
    const { service, namespace } = SERVICE[name];
    expect(asText(bundled)).toHaveResourceWithProperties(Release, { name: service, namespace });
  });

  it('links to addresses that people can reach', () => {
    const { ports } = testPlatform().config;
    const moved = stackFor({ ports: { ...ports, prometheus: 19090 } });
    expect(valuesOf(moved, 'prometheus').externalUrl).toBe('http://127.0.0.1:19090');
  });

  it('takes the retention from platform.yaml', () => {
    const { sizes } = testPlatform().config;
    const short = stackFor({
      sizes: { ...sizes, prometheus: { ...sizes.prometheus, retention: '7d', storage: '1Gi' } },
    });
    expect(valuesOf(short, 'prometheus')).toMatchObject({
      retention: { time: '7d' },
      size: { storage: '1Gi' },
    });
    expect(valuesOf(short, 'prometheus').size).not.toHaveProperty('retention');
  });

  it('opens no node port on an existing cluster and leaves its metrics API alone', () => {
    const shared = stackFor(sharedCluster);
    expect(valuesOf(shared, 'prometheus').service).toMatchObject({ type: 'ClusterIP' });
    expect(releasesOf(bundled)).toContain('metrics-server');
    expect(releasesOf(shared)).not.toContain('metrics-server');
  });

  it('installs the viewer if Grafana is unavailable', () => {
    const platform = testPlatform();
    const without = synthesize(SmallMonitoring, 'monitoring', {
      ...platform,
      catalogue: { ...platform.catalogue, grafana: undefined },
    });
    const { service, namespace } = SERVICE.grafana;
    const release = (chart: RegExp) => ({ name: service, namespace, chart: expect.stringMatching(chart) });
    expect(asText(without)).toHaveResourceWithProperties(Release, release(/charts\/dashboards-viewer$/));
    expect(asText(bundled)).toHaveResourceWithProperties(Release, release(/charts\/grafana$/));
    const values = valuesOf(without, 'grafana');
    expect(values.image).toBe(platform.catalogue.image('dashboards-viewer'));
    const { image, chartHash } = values;
    expect(values).toEqual({ ...valuesOf(bundled, 'grafana'), image, chartHash });
  });

  it('passes rules on unchanged, even what looks like a Terraform expression', () => {
    const { rules } = valuesOf(bundled, 'prometheus');
    expect(JSON.stringify(rules)).toContain('{{ $value }} $${x} %%{y}');
  });
});

describe('by default', () => {
  const { rules, alerts, dashboards } = platformContent(testPlatform());

  it('has every rule and every dashboard of the monitoring room', () => {
    const platform = synthesize(MonitoringStack, 'monitoring');
    expect(valuesOf(platform, 'prometheus').rules).toEqual(literal(rules));
    expect(valuesOf(platform, 'grafana').dashboards).toEqual(literal(dashboards));
    expect(valuesOf(platform, 'alertmanager')).toMatchObject(literal(alerts));
    expect(Object.keys(dashboards)).toHaveLength(5);
  });

  it('sends alerts about models to the CI, with the password from a file', () => {
    expect(alerts.config.receivers).toContainEqual({
      name: 'training',
      webhook_configs: [
        {
          url: 'http://ci.mlops-ci.svc.cluster.local:8010/change_hook/alertmanager',
          send_resolved: false,
          http_config: {
            basic_auth: {
              username: 'alertmanager',
              password_file: '/etc/alertmanager/secrets/ci-webhook-credentials/password',
            },
          },
        },
      ],
    });
    expect(alerts.secrets).toEqual(['ci-webhook-credentials']);
    expect(alerts.receiverPods).toEqual([{ namespace: 'mlops-ci', app: 'ci-master', port: 8010 }]);
  });

  it('tells nobody of a training while the CI is switched off', () => {
    const { config } = testPlatform();
    const off = platformContent({ config: { ...config, ci: { ...config.ci, enabled: false } } }).alerts;
    expect(JSON.stringify(off)).not.toMatch(/training|ci-webhook/);
  });
});

describe('existing monitoring', () => {
  const existing = stackFor({
    monitoring: 'existing',
    prometheusOperator: { namespace: 'observability', labels: { release: 'kps' } },
  });

  it('matches its snapshot', () => {
    expect(portable(existing)).toMatchSnapshot();
  });

  it('installs objects for the operator but no server', () => {
    expect(releasesOf(existing)).toEqual(['objects']);
    expect(valuesOf(existing, 'objects')).toMatchObject({
      labels: { release: 'kps' },
      prometheusNamespace: 'observability',
    });
  });

  it('has the targets of the bundled stack, except those the cluster has itself', () => {
    const jobs = (stack: typeof existing, name: string) =>
      (valuesOf(stack, name).targets as { job: string }[]).map(({ job }) => job);
    expect(jobs(bundled, 'prometheus')).toEqual([...jobs(existing, 'objects'), 'kube-state-metrics']);
  });

  it('has the same rules as the bundled stack', () => {
    expect(valuesOf(existing, 'objects').rules).toEqual(valuesOf(bundled, 'prometheus').rules);
  });
});

describe('no monitoring', () => {
  it('installs nothing', () => {
    expect(releasesOf(stackFor({ monitoring: 'none' }))).toEqual([]);
  });
});
