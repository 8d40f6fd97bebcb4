import { Release } from '@cdktf/provider-helm/lib/release';
import type { ITerraformDependable, TerraformResourceLifecycle } from 'cdktf';
import { Construct } from 'constructs';
import { readChart } from './chart';
import type { Platform } from './platform';

export interface ChartReleaseProps {
  readonly platform: Platform;
  /** Folder under charts/. */
  readonly chart: string;
  readonly namespace: string;
  /** @default the construct's id */
  readonly name?: string;
  /** Values without `chartHash`; a string is a Terraform expression whose value is the JSON of them. */
  readonly values: Record<string, unknown> | ((chartHash: string) => string);
  /** A Terraform expression: one release per entry. */
  readonly forEach?: string;
  readonly dependsOn?: ITerraformDependable[];
  readonly lifecycle?: TerraformResourceLifecycle;
}

/** A Helm release of one of this repository's charts. */
export class ChartRelease extends Construct {
  readonly resource: Release;

  constructor(scope: Construct, id: string, props: ChartReleaseProps) {
    super(scope, id);
    const chart = readChart(props.platform.config.paths.root, props.chart);
    const values =
      typeof props.values === 'function'
        ? props.values(chart.hash)
        : JSON.stringify({ ...props.values, chartHash: chart.hash });
    // "Default" keeps the state address to this construct's id.
    this.resource = new Release(this, 'Default', {
      name: props.name ?? id,
      namespace: props.namespace,
      chart: chart.path,
      version: chart.version,
      values: [values],
      // Otherwise a failed first install would be in the cluster but not in the state.
      atomic: true,
      wait: true,
      maxHistory: 10,
      timeout: 600,
      ...(props.dependsOn === undefined ? {} : { dependsOn: props.dependsOn }),
      ...(props.lifecycle === undefined ? {} : { lifecycle: props.lifecycle }),
    });
    if (props.forEach !== undefined) this.resource.addOverride('for_each', props.forEach);
  }
}
