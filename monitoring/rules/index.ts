import { DRIFT_SETTINGS, increases, judgement, type DriftSettings } from '../queries/drift';
import { duration } from '../queries/promql';
import { modelAlerts } from './model';
import { platformAlerts } from './platform';
import { alerting, type AlertSpec, type RuleGroup } from './rule';
import { sloAlerts, sloRecordings } from './slo';

export { renderPrometheusRule, renderRules } from './render';
export type { AlertSpec, RuleGroup } from './rule';

export interface RulesProps {
  /** @default {@link DRIFT_SETTINGS} */
  readonly drift?: Partial<DriftSettings>;
  /** Prefix of a runbook's path, such as the URL of this repository's files. @default '' */
  readonly runbookBase?: string;
}

/** Every alert, before it is rendered. */
export const alerts: readonly AlertSpec[] = [...sloAlerts, ...modelAlerts, ...platformAlerts];

/** All rule groups; recordings come before the alerts that read them. */
export function ruleGroups({ drift, runbookBase = '' }: RulesProps = {}): readonly RuleGroup[] {
  const settings: DriftSettings = { ...DRIFT_SETTINGS, ...drift };
  const look = duration(settings.lookSeconds);
  const toRules = (specs: readonly AlertSpec[]) => specs.map((spec) => alerting(spec, runbookBase));
  const isDrift = ({ name }: AlertSpec) => name.endsWith('Drift');
  return [
    { name: 'served-rows', interval: duration(settings.stepSeconds), rules: increases(settings) },
    // In one group, alerts see the recordings of the same evaluation.
    {
      name: 'drift',
      interval: look,
      rules: [...judgement(settings), ...toRules(modelAlerts.filter(isDrift))],
    },
    { name: 'slo', interval: '30s', rules: [...sloRecordings, ...toRules(sloAlerts)] },
    { name: 'models', interval: '1m', rules: toRules(modelAlerts.filter((spec) => !isDrift(spec))) },
    { name: 'platform', interval: '30s', rules: toRules(platformAlerts) },
  ];
}
