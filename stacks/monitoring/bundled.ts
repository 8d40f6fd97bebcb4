import { Construct } from 'constructs';
import { NAMESPACE, WORKLOAD_NAMESPACES } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { NODE_PORT, SERVICE } from '../../contracts/services';
import { ChartRelease } from '../shared/chart-release';
import { pullSecret } from '../shared/oci-registry';
import type { Platform } from '../shared/platform';
import { servicePort } from '../shared/service-port';
import { literal, type MonitoringContent } from './content';
import { kubeStateMetricsTarget, scrapeTargets } from './scrape-targets';

export interface BundledMonitoringProps {
  readonly platform: Platform;
  readonly content: MonitoringContent;
}

const namespace = NAMESPACE.monitoring;

/** A monitoring stack of the platform's own. */
export class BundledMonitoring extends Construct {
  constructor(scope: Construct, id: string, { platform, content }: BundledMonitoringProps) {
    super(scope, id);
    const { config, catalogue } = platform;
    const { retention, ...prometheusSize } = config.sizes.prometheus;

    new ChartRelease(this, 'alertmanager', {
      platform,
      namespace,
      chart: 'alertmanager',
      values: {
        image: catalogue.image('alertmanager'),
        size: config.sizes.alertmanager,
        service: servicePort(config, NODE_PORT.alertmanager),
        externalUrl: localUrl(config.ports.alertmanager),
        credentials: SECRET.alertmanager,
        clientNamespaces: [namespace],
        ...literal(content.alerts),
      },
    });

    new ChartRelease(this, 'kube-state-metrics', {
      platform,
      namespace,
      chart: 'kube-state-metrics',
      values: {
        image: catalogue.image('kube-state-metrics'),
        ...pullSecret(config),
        size: config.sizes.kubeStateMetrics,
        namespaces: WORKLOAD_NAMESPACES,
        monitoringNamespace: namespace,
      },
    });

    new ChartRelease(this, 'prometheus', {
      platform,
      namespace,
      chart: 'prometheus',
      values: {
        image: catalogue.image('prometheus'),
        ...pullSecret(config),
        size: prometheusSize,
        retention: { time: retention },
        service: servicePort(config, NODE_PORT.prometheus),
        externalUrl: localUrl(config.ports.prometheus),
        credentials: SECRET.prometheus,
        clientNamespaces: [namespace, NAMESPACE.serving],
        alertmanager: {
          address: `${SERVICE.alertmanager.service}:${SERVICE.alertmanager.port}`,
          credentials: SECRET.alertmanager,
        },
        targets: [...scrapeTargets, kubeStateMetricsTarget],
        kubelet: { enabled: true, namespaces: WORKLOAD_NAMESPACES },
        rules: literal(content.rules),
      },
    });

    // One cluster has one metrics API: a cluster that somebody else made usually has it.
    if (config.cluster.type === 'kind') {
      new ChartRelease(this, 'metrics-server', {
        platform,
        namespace,
        chart: 'metrics-server',
        values: {
          image: catalogue.image('metrics-server'),
          ...pullSecret(config),
          size: config.sizes.metricsServer,
        },
      });
    }

    // The same release, port, password and dashboards either way.
    new ChartRelease(this, 'grafana', {
      platform,
      namespace,
      chart: catalogue.grafana === undefined ? 'dashboards-viewer' : 'grafana',
      name: SERVICE.grafana.service,
      values: {
        image: catalogue.grafana ?? catalogue.image('dashboards-viewer'),
        size: config.sizes.grafana,
        service: servicePort(config, NODE_PORT.grafana),
        externalUrl: localUrl(config.ports.grafana),
        credentials: SECRET.grafana,
        datasource: {
          url: `http://${SERVICE.prometheus.service}:${SERVICE.prometheus.port}`,
          credentials: SECRET.prometheus,
        },
        dashboards: literal(content.dashboards),
      },
    });
  }
}

/** Where a person reaches a port of platform.yaml. */
function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
