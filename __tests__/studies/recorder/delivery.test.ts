import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordDelivery, recordReplicas, withClusterSection } from '../../../studies/recorder/delivery';
import { replicasChart } from '../../../studies/recorder/replicas-chart';
import { readResult } from '../../../studies/recorder/results';

let folder: string;
const page = () => readFileSync(join(folder, 'delivery.md'), 'utf8');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('figures of delivery', () => {
  it('of one part keep those of another, each with its origin', () => {
    recordDelivery('canaries', { failed_requests: 0 }, 'make one', folder);
    recordDelivery('rollbacks', { rollback_p95_s: 1.236 }, 'make two', folder);
    expect(readResult('delivery', folder)).toMatchObject({
      failed_requests: 0,
      on_cluster: { command: 'make one' },
      rollback_p95_s: 1.24,
      on_cluster_rollbacks: { command: 'make two' },
    });
    expect(page().match(/^#+ .*/gm)).toEqual([
      '# Progressive delivery',
      '## On a cluster',
      '### Canaries',
      "### Rollbacks while Terraform's lock is held and MLflow is down",
    ]);
    expect(page()).toContain('| rollback_p95_s | 1.24 | ≤ 2 |');
  });

  it('of clusters are written once, under those of the simulation', () => {
    const once = withClusterSection('# Simulated\n', {});
    expect(once).toBe('# Simulated\n');
    recordDelivery('kills', { pod_kills: 1 }, 'make kills', folder);
    recordDelivery('kills', { pod_kills: 40 }, 'make kills', folder);
    expect(page().match(/pod_kills/g)).toHaveLength(1);
    expect(page()).toContain('| pod_kills | 40 | 40 |');
  });
});

describe('pods over time', () => {
  const samples = [
    { seconds: 0, requestsPerSecond: 20, wanted: 2, ready: 2 },
    { seconds: 60, requestsPerSecond: 400, wanted: 4, ready: 2 },
    { seconds: 120, requestsPerSecond: 20, wanted: 2, ready: 4 },
  ];

  it('are drawn as steps, to scale', () => {
    const svg = replicasChart(samples);
    // 4 pods are the full height of 160, 2 half of it; 60 s half of the width of 716.
    expect(svg).toContain('d="M60 120H418V120H776V40"');
    expect(svg).toContain('d="M60 120H418V40H776V120"');
    expect(svg).toContain('>120 s</text>');
  });

  it('are recorded with their plot', () => {
    recordReplicas(samples, folder);
    recordDelivery('autoscaling', { autoscaling_pods_most: 4 }, 'make it', folder);
    expect(readResult('delivery', folder)).toMatchObject({ autoscaling_replicas: samples });
    expect(page()).toContain('(delivery-autoscaling.svg)');
    expect(readFileSync(join(folder, 'delivery-autoscaling.svg'), 'utf8')).toBe(replicasChart(samples));
  });
});
