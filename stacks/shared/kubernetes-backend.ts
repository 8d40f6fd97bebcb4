import { TerraformBackend, type TerraformRemoteState } from 'cdktf';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import type { PlatformConfig } from './config';

/** State in a Secret of the cluster, locked by a Lease and shared by laptops and CI. cdktf has no class for it. */
export class KubernetesBackend extends TerraformBackend {
  constructor(
    scope: Construct,
    private readonly suffix: string,
    private readonly config: PlatformConfig,
  ) {
    super(scope, 'backend', 'kubernetes');
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return {
      secret_suffix: this.suffix,
      namespace: NAMESPACE.system,
      config_path: this.config.paths.kubeconfig,
      config_context: this.config.cluster.context,
    };
  }

  protected override synthesizeHclAttributes(): Record<string, unknown> {
    return this.synthesizeAttributes();
  }

  override getRemoteStateDataSource(): TerraformRemoteState {
    throw new Error("stacks do not read each other's state; names come from contracts/");
  }
}
