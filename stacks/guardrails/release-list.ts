import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { Construct } from 'constructs';
import { emptyHistory, emptyReleaseList, RELEASE_LIST } from '../../contracts/release-list';
import { labels } from '../shared/labels';

export interface ReleaseListProps {
  readonly namespace: string;
}

/** An empty release list. Only `mlops` changes it afterwards, so Terraform ignores its content. */
export class ReleaseList extends Construct {
  constructor(scope: Construct, id: string, { namespace }: ReleaseListProps) {
    super(scope, id);
    new ConfigMap(this, 'Default', {
      metadata: { name: RELEASE_LIST.name, namespace, labels: labels(RELEASE_LIST.name) },
      data: {
        [RELEASE_LIST.releases]: JSON.stringify(emptyReleaseList),
        [RELEASE_LIST.history]: JSON.stringify(emptyHistory),
      },
      lifecycle: { ignoreChanges: ['data'] },
    });
  }
}
