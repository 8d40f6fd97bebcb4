import { stringify } from 'yaml';
import { LABEL, PART_OF } from '../../contracts/objects';
import type { RuleGroup } from './rule';

/** As Prometheus reads it; the same groups always give the same text. */
export function renderRules(groups: readonly RuleGroup[]): string {
  return stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** The same for clusters that run the Prometheus operator. */
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
