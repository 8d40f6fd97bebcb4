import { stringify } from 'yaml';
import { LABEL, PART_OF } from '../../contracts/objects';
import type { RuleGroup } from './rule';

/** A rule file for Prometheus. Deterministic. */
export function renderRules(groups: readonly RuleGroup[]): string {
  return stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The same for the Prometheus operator. */
export function renderPrometheusRule(
  groups: readonly RuleGroup[],
  {
    name,
    namespace,
    labels = {},
  }: { readonly name: string; readonly namespace: string; readonly labels?: object },
): string {
  return stringify(
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name, namespace, labels: { [LABEL.partOf]: PART_OF, ...labels } },
      spec: { groups },
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}
