import { alertmanagerConfig } from '../../monitoring/alertmanager/config';
import { renderDashboards } from '../../monitoring/dashboards/index';
import { ruleGroups } from '../../monitoring/rules/index';

/** What the monitoring stack shows and says, rendered to plain data. */
export interface MonitoringContent {
  /** Rule files by name. */
  readonly rules: Readonly<Record<string, { readonly groups: readonly object[] }>>;
  /** Dashboards by name, as JSON text in Grafana's classic schema. */
  readonly dashboards: Readonly<Record<string, string>>;
  readonly alerts: AlertRouting;
}

/** Whom Alertmanager tells. */
export interface AlertRouting {
  /** Alertmanager's configuration; secrets only as files. */
  readonly config: { readonly route: object; readonly receivers: readonly object[] };
  /** Secrets of the monitoring namespace that the configuration reads as /etc/alertmanager/secrets/<name>/<key>. */
  readonly secrets?: readonly string[];
  /** Pods that take webhooks. */
  readonly receiverPods?: readonly {
    readonly namespace: string;
    readonly app: string;
    readonly port: number;
  }[];
  /** Ports of receivers outside the cluster. */
  readonly receiverPorts?: readonly number[];
}

/** The rules, dashboards and routes of this repository. */
export function platformContent(): MonitoringContent {
  return {
    rules: { platform: { groups: ruleGroups() } },
    dashboards: Object.fromEntries(renderDashboards()),
    alerts: { config: alertmanagerConfig() },
  };
}

/**
 * The same data with `${` and `%{` escaped: in the text of a Helm value, Terraform would take them for expressions.
 */
export function literal<T>(value: T): T {
  // A replacement's own `$$` means one dollar.
  const text = JSON.stringify(value)
    .replaceAll('${', () => '$${')
    .replaceAll('%{', () => '%%{');
  return JSON.parse(text) as T;
}
