import type { PromQL } from '../queries/promql';

/** Who is notified: ops runs the platform, ML owns the models (CODEOWNERS). */
export type Team = 'ops' | 'ml';

/** `page` wakes somebody, `ticket` waits for the morning, `none` is for machines. */
export type Severity = 'page' | 'ticket' | 'none';

export interface RecordingRule {
  readonly record: string;
  readonly expr: PromQL;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface AlertSpec {
  readonly name: string;
  readonly expr: PromQL;
  readonly team: Team;
  readonly severity: Severity;
  /** How long it must hold before firing. @default fires at once */
  readonly for?: string;
  /** How long it keeps firing afterwards, so that it does not flap. */
  readonly keepFiringFor?: string;
  /** One line that names the subject. */
  readonly summary: string;
  /** The measurement, with its value. */
  readonly description: string;
  /** File under docs/runbooks, without extension, if alerts share one. @default the name in kebab case */
  readonly runbook?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An alerting rule as Prometheus reads it. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: PromQL;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule group as Prometheus and the operator's PrometheusRule read it. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** Path of a runbook in this repository. */
export function runbookFile(name: string): string {
  return `docs/runbooks/${name}.md`;
}

function kebabCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

/** @param runbookBase prefix of the runbook's path in this repository */
export function alerting(spec: AlertSpec, runbookBase: string): AlertingRule {
  return {
    alert: spec.name,
    expr: spec.expr,
    ...(spec.for === undefined ? {} : { for: spec.for }),
    ...(spec.keepFiringFor === undefined ? {} : { keep_firing_for: spec.keepFiringFor }),
    labels: { ...spec.labels, severity: spec.severity, team: spec.team },
    annotations: {
      summary: spec.summary,
      description: spec.description,
      runbook_url: `${runbookBase}${runbookFile(spec.runbook ?? kebabCase(spec.name))}`,
    },
  };
}
