import { TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { ChartRelease } from '../shared/chart-release';
import type { ModelConfig } from '../shared/config';
import type { Platform } from '../shared/platform';
import type { ReleaseListSource } from './release-list-source';

// For a model that is in the release list but no longer in platform.yaml.
const FALLBACK = {
  replicas: 1,
  autoscaling: { enabled: false, maxReplicas: 2, cpu: '500m' },
  size: { cpu: '50m', cpuLimit: '1', memory: '256Mi' },
};

export interface ModelVersionsProps {
  readonly platform: Platform;
  readonly releases: ReleaseListSource;
}

/** One Helm release per version in the release list. */
export class ModelVersions extends Construct {
  readonly release: ChartRelease;

  constructor(scope: Construct, id: string, { platform, releases }: ModelVersionsProps) {
    super(scope, id);
    const settings = Object.fromEntries(
      Object.entries(platform.config.models).map(([name, model]) => [name, podSettings(model)]),
    );
    new TerraformLocal(this, 'settings', settings).overrideLogicalId('settings');
    new TerraformLocal(this, 'fallback', FALLBACK).overrideLogicalId('fallback');

    this.release = new ChartRelease(this, 'Default', {
      platform,
      chart: 'model-version',
      name: '${each.key}',
      namespace: NAMESPACE.serving,
      forEach: releases.versions,
      values: (chartHash) =>
        '${jsonencode(merge(lookup(local.settings, each.value.model, local.fallback), {' +
        ` image = each.value.image, model = each.value.model, version = each.value.version, chartHash = "${chartHash}",` +
        ` monitoringNamespace = "${NAMESPACE.monitoring}", grpc = { clientNamespaces = ["${NAMESPACE.serving}"] } }))}`,
      // A version dropped from the list is removed after the gateway stops sending to it.
      lifecycle: { createBeforeDestroy: true },
    });
  }
}

// Of every model the same keys: Terraform's maps have one type.
function podSettings({ replicas, autoscaling, cpu, cpuLimit, memory }: ModelConfig): typeof FALLBACK {
  return {
    replicas,
    autoscaling: autoscaling === undefined ? FALLBACK.autoscaling : { enabled: true, ...autoscaling },
    size: { cpu, cpuLimit, memory },
  };
}
