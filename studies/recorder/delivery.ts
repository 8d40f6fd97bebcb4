import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { originInWords, originOf, type Origin } from './origin';
import { replicasChart, type ReplicaSample } from './replicas-chart';
import { readResult, RESULTS, table, writeResult } from './results';

interface Section {
  readonly heading: string;
  /** Where its origin is kept in the file. */
  readonly origin: string;
  readonly words: string;
  /** Figures in their order, with what they have to reach. */
  readonly aims: Readonly<Record<string, string>>;
}

/** What is measured on a cluster. Each part is run alone, and has an origin of its own. */
const SECTIONS = {
  canaries: {
    heading: '### Canaries',
    origin: 'on_cluster',
    words: `The command line was killed once the first weight was in force;
\`_off_s\` is the time from the first gateway pod that follows a canary's weight to the last one that does not any more.`,
    aims: {
      canary_requests_sent: '≥ 100 a second',
      failed_requests: '0',
      bad_canary_off_s: '≤ 45',
      controller_kills: '20',
      errors_off_s: '≤ 45',
      slow_off_s: '≤ 45',
      constant_off_s: '≤ 45',
      alarms_off_s: '≤ 45',
      hang_off_s: '≤ 45',
      crash_off_s: '≤ 45',
    },
  },
  kills: {
    heading: '### Killed processes',
    origin: 'on_cluster_kills',
    words: `SIGKILL, from outside the pods, one at a time. A gateway worker is the process that holds requests; nginx starts
another at once. A gateway container loses all of its processes: until the node's kube-proxy knows, new connections to its
pod are refused. No request is sent twice. \`_not_held\` are failed requests that were not under way when something was killed.
\`ready_again\` is from the signal to a restarted container that is ready; each container was killed once, as Kubernetes makes
the second restart of one wait.`,
    aims: {
      pod_kills: '40',
      pod_kill_failures: '≤ those under way on a killed gateway',
      kill_requests_per_s: '200',
      serving_kills: '30',
      serving_kill_failures: '0',
      gateway_worker_kills: '10',
      gateway_worker_kill_failures: '≤ those under way there',
      gateway_worker_not_held: '0',
      gateway_container_kills: '–',
      gateway_container_kill_failures: '–',
      gateway_container_not_held: '–',
      ready_again_p50_s: '–',
      ready_again_p95_s: '≤ 5',
    },
  },
  rollbacks: {
    heading: "### Rollbacks while Terraform's lock is held and MLflow is down",
    origin: 'on_cluster_rollbacks',
    words: 'From the start of the command to the last answer of the version that it replaced.',
    aims: {
      rollbacks: '20',
      rollback_p50_s: '–',
      rollback_p95_s: '≤ 2',
      rollback_requests_per_s: '≥ 100',
      rollback_failed_requests: '0',
    },
  },
  autoscaling: {
    heading: '### Autoscaling',
    origin: 'on_cluster_autoscaling',
    words: `The CPU per pod at which there are more was set from the use under load, so that it takes more than the least number.
The wait before pods go, 300 s, was cut to 60 s.

![Pods of the version over time, and requests a second](delivery-autoscaling.svg)`,
    aims: {
      autoscaling_pods_least: '2',
      autoscaling_pods_most: '> 2',
      autoscaling_pods_at_end: '2',
      autoscaling_up_s: '–',
      autoscaling_requests: '–',
      autoscaling_failed_requests: '0',
    },
  },
} satisfies Readonly<Record<string, Section>>;

export type DeliveryPart = keyof typeof SECTIONS;

const HEADING = '## On a cluster';

type OnCluster = Readonly<Record<string, unknown>>;

/** Records figures of one part on a cluster in docs/results/delivery.{json,md}; those of the others stay. */
export function recordDelivery(
  part: DeliveryPart,
  figures: Readonly<Record<string, number>>,
  command: string,
  folder = RESULTS,
): void {
  const found = Object.entries(figures).map(
    ([name, value]) => [name, Math.round(value * 100) / 100] as const,
  );
  add({ ...Object.fromEntries(found), [SECTIONS[part].origin]: originOf(command) }, folder);
}

/** Records how the number of pods followed the load, and draws it in docs/results/delivery-autoscaling.svg. */
export function recordReplicas(samples: readonly ReplicaSample[], folder = RESULTS): void {
  add({ autoscaling_replicas: samples }, folder);
  writeFileSync(join(folder, 'delivery-autoscaling.svg'), replicasChart(samples));
}

function add(found: OnCluster, folder: string): void {
  const content = { ...(readResult('delivery', folder) as OnCluster | undefined), ...found };
  writeResult('delivery', content, withClusterSection(pageOf(folder), content), folder);
}

/** A page of the simulation, with what is known of clusters. */
export function withClusterSection(page: string, content: OnCluster): string {
  const simulated = page.split(HEADING)[0]?.trimEnd() ?? '';
  const parts = Object.values<Section>(SECTIONS).flatMap(({ heading, origin, words, aims }) => {
    const measured = content[origin] as Origin | undefined;
    if (measured === undefined) return [];
    const rows = Object.entries(aims).flatMap(([name, aim]) => {
      const value = content[name];
      return typeof value === 'number' ? [[name, value, aim]] : [];
    });
    return [
      `${heading}\n\n${originInWords(measured)} ${words}\n\n${table(['figure', 'value', 'aim'], rows)}`,
    ];
  });
  const sections = parts.length === 0 ? [] : [HEADING, ...parts];
  return `${[simulated, ...sections].join('\n\n')}\n`;
}

function pageOf(folder: string): string {
  const file = join(folder, 'delivery.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '# Progressive delivery\n';
}
