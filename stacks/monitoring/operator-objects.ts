import { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { ChartRelease } from '../shared/chart-release';
import type { Platform } from '../shared/platform';
import { literal, type MonitoringContent } from './content';
import { scrapeTargets } from './scrape-targets';

export interface OperatorObjectsProps {
  readonly platform: Platform;
  readonly content: MonitoringContent;
}

/** Targets, rules and dashboards for a Prometheus operator that the cluster already runs. */
export class OperatorObjects extends Construct {
  constructor(scope: Construct, id: string, { platform, content }: OperatorObjectsProps) {
    super(scope, id);
    const { namespace, labels } = platform.config.prometheusOperator;
    new ChartRelease(this, 'Default', {
      platform,
      namespace: NAMESPACE.monitoring,
      chart: 'monitoring-objects',
      name: 'monitoring-objects',
      values: {
        labels,
        prometheusNamespace: namespace,
        targets: scrapeTargets,
        rules: literal(content.rules),
        dashboards: literal(content.dashboards),
      },
    });
  }
}
