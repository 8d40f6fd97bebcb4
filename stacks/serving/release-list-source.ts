import { DataKubernetesConfigMap } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map';
import { TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { NAMESPACE, RELEASE_LIST } from '../shared/names';

/** The release list of the cluster, as Terraform expressions: it is read at plan time, never at synthesis. */
export class ReleaseListSource extends Construct {
  /** Map of release name (`<model>-v<version>`) to {model, version, image}, for `for_each`. */
  readonly versions = '${local.versions}';
  /** Map of model to {versions: [{version, weight, service}]}, an expression without `${}`. */
  readonly routes = 'local.routes';

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const list = new DataKubernetesConfigMap(this, 'Default', {
      metadata: { name: RELEASE_LIST, namespace: NAMESPACE.serving },
    });
    // No try(): a list that cannot be read must fail the plan, not look like one without versions.
    const models = `jsondecode(${list.fqn}.data["releases.json"]).models`;
    local(
      this,
      'versions',
      `{ for entry in flatten([for model, spec in ${models} : [for v in spec.versions :` +
        ' { key = "${model}-v${v.version}", model = model, version = v.version, image = v.image }]]) : entry.key => entry }',
    );
    local(
      this,
      'routes',
      `{ for model, spec in ${models} : model => { versions = [for v in spec.versions :` +
        ' { version = v.version, weight = v.weight, service = "${model}-v${v.version}" }] } }',
    );
  }
}

function local(scope: Construct, name: string, expression: string): void {
  new TerraformLocal(scope, name, `\${${expression}}`).overrideLogicalId(name);
}
