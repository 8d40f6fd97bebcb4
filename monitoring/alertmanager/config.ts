import { alerts } from '../rules/index';
import type { Severity, Team } from '../rules/rule';

export interface Webhook {
  readonly url: string;
  /** Basic authentication. The password comes from a file, never from the configuration. */
  readonly username?: string;
  readonly passwordFile?: string;
}

export interface AlertmanagerProps {
  /** Where a team's alerts go, by severity. Without a webhook they only show on Alertmanager's page. */
  readonly receivers?: Readonly<Partial<Record<`${Team}-${Exclude<Severity, 'none'>}`, Webhook>>>;
  /** CI, which retrains models that drift or fall below a gate. */
  readonly training?: Webhook;
  /** A dead man's switch: expects Watchdog all the time and calls when it stops. */
  readonly deadMansSwitch?: Webhook;
}

interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly continue?: boolean;
  readonly routes?: readonly Route[];
}

/** Alerts that trigger retraining. */
const RETRAIN_ON = ['FeatureDrift', 'ScoreDrift', 'QualityBelowGate'] as const;

const TEAMS: readonly Team[] = ['ops', 'ml'];
const SEVERITIES = ['page', 'ticket'] as const;

/** Cause and symptom: while the first fires, the second is not sent. */
const CAUSES: readonly {
  readonly cause: string;
  readonly symptoms: readonly string[];
  readonly equal?: readonly string[];
}[] = [
  { cause: 'GatewayDown', symptoms: ['ErrorBudgetBurn', 'LatencyBudgetBurn'] },
  {
    cause: 'PostgresDown',
    symptoms: [
      'MlflowDown',
      'PredictionLogDropping',
      'PredictionLogFailing',
      'QualityExporterStale',
      'LabelStreamStalled',
    ],
  },
  { cause: 'QualityExporterStale', symptoms: ['LabelStreamStalled'] },
  { cause: 'FeatureDrift', symptoms: ['ScoreDrift'], equal: ['model', 'version'] },
];

/** Alertmanager's configuration as plain data. */
export function alertmanagerConfig({ receivers = {}, training, deadMansSwitch }: AlertmanagerProps = {}) {
  const named: [string, Webhook | undefined][] = TEAMS.flatMap((team) =>
    SEVERITIES.map((severity): [string, Webhook | undefined] => [
      `${team}-${severity}`,
      receivers[`${team}-${severity}`],
    ]),
  );
  return {
    route: root(training !== undefined),
    receivers: [
      { name: 'shown-only' },
      receiver('dead-mans-switch', deadMansSwitch, false),
      ...(training === undefined ? [] : [receiver('training', training, false)]),
      ...named.map(([name, webhook]) => receiver(name, webhook, true)),
    ],
    inhibit_rules: [
      {
        source_matchers: ['severity="page"'],
        target_matchers: ['severity="ticket"'],
        equal: ['alertname', 'model', 'version'],
      },
      ...CAUSES.map(({ cause, symptoms, equal }) => ({
        source_matchers: [`alertname="${cause}"`],
        target_matchers: [`alertname=~"${symptoms.join('|')}"`],
        ...(equal === undefined ? {} : { equal }),
      })),
    ],
  };
}

function root(trains: boolean): Route {
  return {
    receiver: 'shown-only',
    group_by: ['alertname', 'model'],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '1d',
    routes: [
      {
        receiver: 'dead-mans-switch',
        matchers: ['alertname="Watchdog"'],
        group_wait: '0s',
        repeat_interval: '1m',
      },
      // CI is notified besides the team; it decides whether there are enough labels.
      ...(trains
        ? [
            {
              receiver: 'training',
              matchers: [`alertname=~"${RETRAIN_ON.join('|')}"`],
              group_by: ['model'],
              group_wait: '10s',
              continue: true,
            },
          ]
        : []),
      ...TEAMS.map((team) => ({
        receiver: `${team}-ticket`,
        matchers: [`team="${team}"`],
        routes: [
          {
            receiver: `${team}-page`,
            matchers: ['severity="page"'],
            group_wait: '10s',
            repeat_interval: '1h',
          },
          { receiver: `${team}-ticket`, matchers: ['severity="ticket"'] },
        ],
      })),
    ],
  };
}

function receiver(name: string, webhook: Webhook | undefined, sendResolved: boolean) {
  if (webhook === undefined) return { name };
  const { url, username, passwordFile } = webhook;
  return {
    name,
    webhook_configs: [
      {
        url,
        send_resolved: sendResolved,
        ...(username === undefined
          ? {}
          : { http_config: { basic_auth: { username, password_file: passwordFile ?? '' } } }),
      },
    ],
  };
}

/** Names in the routes above that match no rule, for a test. */
export function unknownAlerts(): readonly string[] {
  const known = new Set(alerts.map(({ name }) => name));
  const used = [...RETRAIN_ON, ...CAUSES.flatMap(({ cause, symptoms }) => [cause, ...symptoms])];
  return used.filter((name) => !known.has(name));
}
