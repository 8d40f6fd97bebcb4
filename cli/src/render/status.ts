import type { ComponentStatus } from '../status/components';
import type { ModelStatus } from '../status/model';
import { describeCanary } from './canary';
import { describeHealth } from './health';
import { table } from './table';

export function componentTable(components: readonly ComponentStatus[]): string {
  return table(
    ['component', 'namespace', 'ready', 'memory limit'],
    components.map(({ name, namespace, ready, wanted, memoryLimitMib }) => [
      name,
      namespace,
      `${String(ready)}/${String(wanted)}`,
      `${String(memoryLimitMib)} MiB`,
    ]),
  );
}

export function describeModel(each: ModelStatus): string {
  if (each.serving === null)
    return `${each.model}: nothing serves. Train and deploy: mlops train ${each.model}`;
  const champion = each.champion === each.serving ? 'agrees' : `says ${each.champion ?? 'nothing'}`;
  return [
    `${each.model}: version ${each.serving} serves since ${each.since ?? '?'}`,
    `  image              ${each.image ?? '?'}`,
    `  trained on         ${each.datasetDigest ?? '?'} at commit ${each.gitCommit ?? '?'}`,
    `  average precision  ${each.averagePrecision?.toFixed(4) ?? '?'}`,
    `  standby            ${each.standby.join(', ') || 'none'}; rollback target: ${each.rollbackTo ?? 'none'}`,
    `  MLflow champion    ${each.mlflow === 'ok' ? champion : each.mlflow}`,
    ...(each.canary === null ? [] : describeCanary(each.canary)),
    ...describeHealth(each.health),
  ].join('\n');
}
