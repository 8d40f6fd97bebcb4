import { describe, expect, it } from '@jest/globals';
import { ClusterStack } from '../../../stacks/cluster/cluster-stack';
import { portable, synthesize, testPlatform } from '../support';

const existing = testPlatform({ config: { cluster: { type: 'existing', name: 'shared', context: 'prod' } } });

function provisioners(platform = testPlatform()) {
  const cluster = synthesize(ClusterStack, 'cluster', platform).resource.terraform_data?.cluster;
  return cluster?.provisioner as { 'local-exec': { command: string; when?: string } }[];
}

describe('ClusterStack', () => {
  it('matches its snapshot', () => {
    expect(portable(synthesize(ClusterStack, 'cluster'))).toMatchSnapshot();
  });

  it('keeps its state in a file: the cluster does not exist yet', () => {
    expect(synthesize(ClusterStack, 'cluster').terraform.backend).toHaveProperty('local');
  });

  it('deletes a kind cluster when destroyed', () => {
    expect(provisioners().map(({ 'local-exec': { command, when } }) => [when, command])).toEqual([
      [undefined, './mlops cluster ensure'],
      ['destroy', './mlops cluster remove --name mlops'],
    ]);
  });

  it('never deletes an existing cluster', () => {
    expect(provisioners(existing)).toHaveLength(1);
  });

  it('replaces nothing when a setting changes', () => {
    const { resource } = synthesize(ClusterStack, 'cluster');
    expect(resource.terraform_data?.cluster).not.toHaveProperty('triggers_replace');
  });
});
