import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';
import { BundledMonitoring } from './bundled';
import { platformContent, type MonitoringContent } from './content';
import { OperatorObjects } from './operator-objects';

export interface MonitoringStackProps {
  readonly platform: Platform;
  /** @default the rules, dashboards and routes of this repository */
  readonly content?: MonitoringContent;
}

/** What watches the platform, as `monitoring` in platform.yaml says: its own, an operator's, or nothing. */
export class MonitoringStack extends TerraformStack {
  constructor(
    scope: Construct,
    id: string,
    { platform, content = platformContent(platform) }: MonitoringStackProps,
  ) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    switch (platform.config.monitoring) {
      case 'bundled':
        new BundledMonitoring(this, 'Default', { platform, content });
        break;
      case 'existing':
        new OperatorObjects(this, 'objects', { platform, content });
        break;
      case 'none':
        break;
    }
  }
}
