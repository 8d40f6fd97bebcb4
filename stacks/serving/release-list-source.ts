import { DataKubernetesConfigMap } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map';
import { TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { RELEASE_LIST, terraformReleaseList } from '../../contracts/release-list';

/** The cluster's release list as Terraform expressions: read at plan time, never at synthesis. */
export class ReleaseListSource extends Construct {
  /** Map of release name (`<model>-v<version>`) to {model, version, image}, for `for_each`. */
  readonly versions = '${local.versions}';
  /** Map of model to {versions: [{version, service}]}, an expression without `${}`. */
  readonly routes = 'local.routes';

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const list = new DataKubernetesConfigMap(this, 'Default', {
      metadata: { name: RELEASE_LIST.name, namespace: RELEASE_LIST.namespace },
    });
    const { versions, routes } = terraformReleaseList(`${list.fqn}.data["${RELEASE_LIST.releases}"]`);
    local(this, 'versions', versions);
    local(this, 'routes', routes);
  }
}

function local(scope: Construct, name: string, expression: string): void {
  new TerraformLocal(scope, name, `\${${expression}}`).overrideLogicalId(name);
}
