import { DataResource, LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Platform } from '../shared/platform';

export interface ClusterStackProps {
  readonly platform: Platform;
}

/**
 * The cluster and the namespace that holds the other stacks' state.
 * Its own state is a file: there is no cluster yet to store it in.
 */
export class ClusterStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: ClusterStackProps) {
    super(scope, id);
    const { cluster, paths } = platform.config;
    new LocalBackend(this, { path: paths.clusterState });

    new DataResource(this, 'cluster', {
      // No replacement triggers: a changed setting must never delete the cluster and everything in it.
      input: { name: cluster.name, type: cluster.type },
      provisioners: [
        {
          type: 'local-exec',
          command: './mlops cluster ensure',
          workingDir: paths.root,
          environment: { MLOPS_CONFIG: paths.file },
        },
        ...(cluster.type === 'kind'
          ? [
              {
                type: 'local-exec' as const,
                when: 'destroy' as const,
                command: `./mlops cluster remove --name ${cluster.name}`,
                workingDir: paths.root,
              },
            ]
          : []),
      ],
    });
  }
}
