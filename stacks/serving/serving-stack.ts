import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { RELEASE_LIST } from '../../contracts/release-list';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import type { Platform } from '../shared/platform';
import { useHelm, useKubernetes } from '../shared/providers';
import { Gateway } from './gateway';
import { ModelVersions } from './model-versions';
import { ReleaseListSource } from './release-list-source';

export interface ServingStackProps {
  readonly platform: Platform;
}

/** Serving: the versions in the release list, and the gateway that splits requests among them. */
export class ServingStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: ServingStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useKubernetes(this, platform);
    useHelm(this, platform);

    const releases = new ReleaseListSource(this, RELEASE_LIST.name);
    const versions = new ModelVersions(this, 'version', { platform, releases });
    new Gateway(this, 'gateway', { platform, releases, versions });
  }
}
