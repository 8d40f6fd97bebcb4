import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { Construct } from 'constructs';
import { RELEASE_LIST, labels } from '../shared/names';

export interface ReleaseListProps {
  readonly namespace: string;
}

/** An empty release list. Only `mlops` changes it afterwards, so Terraform ignores what is in it. */
export class ReleaseList extends Construct {
  constructor(scope: Construct, id: string, { namespace }: ReleaseListProps) {
    super(scope, id);
    new ConfigMap(this, 'Default', {
      metadata: { name: RELEASE_LIST, namespace, labels: labels('release-list') },
      data: {
        'releases.json': JSON.stringify({ schema: 1, models: {} }),
        'history.json': JSON.stringify({ schema: 1, entries: [] }),
      },
      lifecycle: { ignoreChanges: ['data'] },
    });
  }
}
