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

/** An alert that always fires: who does not hear of it knows that alerts do not arrive. */
const watchdog = {
  name: 'watchdog',
  rules: [
    {
      alert: 'Watchdog',
      expr: 'vector(1)',
      labels: { severity: 'none', team: 'ops' },
      annotations: { summary: 'Always fires, to show that alerts are delivered.' },
    },
  ],
};

export const defaultContent: MonitoringContent = {
  rules: { watchdog: { groups: [watchdog] } },
  dashboards: {},
  alerts: { config: { route: { receiver: 'none', group_by: ['alertname'] }, receivers: [{ name: 'none' }] } },
};

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
