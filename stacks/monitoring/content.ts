import { CI } from '../../contracts/ci';
import { SECRET } from '../../contracts/objects';
import { clusterAddress, SERVICE } from '../../contracts/services';
import { alertmanagerConfig } from '../../monitoring/alertmanager/config';
import { renderDashboards } from '../../monitoring/dashboards/index';
import { ruleGroups } from '../../monitoring/rules/index';
import type { Platform } from '../shared/platform';

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
export function platformContent({ config }: Pick<Platform, 'config'>): MonitoringContent {
  return {
    rules: { platform: { groups: ruleGroups() } },
    dashboards: Object.fromEntries(renderDashboards()),
    alerts: config.ci.enabled ? alertsToCi() : { config: alertmanagerConfig() },
  };
}

/** Alerts about a model start its training. */
function alertsToCi(): AlertRouting {
  const { namespace, app, port } = SERVICE.ci;
  const training = {
    url: `http://${clusterAddress(SERVICE.ci)}${CI.alertsPath}`,
    username: CI.webhookUser,
    passwordFile: `/etc/alertmanager/secrets/${SECRET.ciWebhook}/password`,
  };
  return {
    config: alertmanagerConfig({ training }),
    secrets: [SECRET.ciWebhook],
    receiverPods: [{ namespace, app, port }],
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
