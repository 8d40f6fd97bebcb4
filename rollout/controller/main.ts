/**
 * The rollout controller: watches canaries in the cluster, whether somebody's command line lives or not. It changes the
 * release list and nothing else. One of several leads; all that is known is in the list, so any other goes on.
 */
import { CoordinationV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEADER } from '../../contracts/claims';
import { prometheusEvidence } from '../canary/prometheus-evidence';
import type { CanaryPorts } from '../canary/watch';
import { reasonOf, type KubernetesApi } from '../kubernetes/api';
import { claimStore } from '../kubernetes/claim-store';
import { decisionEvents } from '../kubernetes/decision-events';
import { gatewayWeights } from '../kubernetes/gateway';
import { leaderLease } from '../kubernetes/leader-lease';
import { releaseDocument } from '../kubernetes/release-document';
import { timed } from '../kubernetes/timed';
import { PrometheusClient } from '../prometheus';
import { announcer } from './announcements';
import { control, type ControllerEvent } from './control';
import { lead } from './leadership';
import { log, logger } from './log';
import { Pulse } from './pulse';
import { readSettings } from './settings';

/** Most that the API server may take to answer. */
const ANSWER_SECONDS = 10;
/** A look takes a minute while a gateway pod does not follow. */
const HUNG_SECONDS = 120;

// Node would print the line of the bundle that failed, which is a megabyte long.
process.on('uncaughtException', (error) => {
  log('error', error.stack ?? error.message);
  process.exit(1);
});

const settings = readSettings(process.env);
const end = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    end.abort();
  });

const cluster = new KubeConfig();
// Outside a cluster, to look for a fault.
if (process.env.KUBECONFIG === undefined) cluster.loadFromCluster();
else cluster.loadFromFile(process.env.KUBECONFIG);
const kubernetes: KubernetesApi = {
  core: timed(cluster.makeApiClient(CoreV1Api), ANSWER_SECONDS),
  coordination: timed(cluster.makeApiClient(CoordinationV1Api), ANSWER_SECONDS),
};

const elapsed = () => performance.now() / 1000;
const sleepUnless = (seconds: number, signal: AbortSignal) =>
  sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
const clock = (signal: AbortSignal): CanaryPorts['clock'] => ({
  now: () => new Date(),
  every: (seconds, callback) => {
    const timer = setInterval(callback, seconds * 1000);
    return () => {
      clearInterval(timer);
    };
  },
  sleep: (seconds) => sleepUnless(seconds, signal),
});

const prometheus = new PrometheusClient({
  address: settings.prometheus,
  authorization: `Basic ${Buffer.from(settings.prometheusLogin).toString('base64')}`,
  unavailable: (reason) => new Error(`Prometheus at ${settings.prometheus}: ${reason}`),
});

function portsOf(signal: AbortSignal): CanaryPorts {
  return {
    document: releaseDocument(kubernetes),
    claims: claimStore(kubernetes),
    // Processes of other machines: whether they live shows in their claims.
    processes: { liveness: () => 'unknown' },
    gateway: gatewayWeights({
      kubernetes,
      signal,
      failures: {
        interrupted: () => new Error('interrupted'),
        gatewayNotSwitched: (_model, _version, seconds, reasons) =>
          new Error(`not within ${seconds} s: ${reasons === '' ? 'no gateway pod is running' : reasons}`),
      },
    }),
    evidence: prometheusEvidence(prometheus),
    clock: clock(signal),
  };
}

const identity = `${settings.pod}_${randomUUID()}`;
const announce = decisionEvents(kubernetes, settings.pod);
const announcementOf = announcer();
const write = logger();
const pulse = new Pulse(elapsed, HUNG_SECONDS);

function onEvent(event: ControllerEvent): void {
  write(event);
  if (event.kind !== 'canary') return;
  const announcement = announcementOf(event.model, event.event);
  if (announcement === undefined) return;
  announce(announcement).catch((error: unknown) => {
    log('warn', `the event ${announcement.reason} could not be written: ${reasonOf(error)}`, {
      model: event.model,
    });
  });
}

const server = createServer((request, response) => {
  const { hung } = pulse;
  const isKnown = request.url === '/live';
  response
    .writeHead(isKnown ? (hung.length === 0 ? 200 : 503) : 404, { 'content-type': 'application/json' })
    .end(JSON.stringify(isKnown ? { live: hung.length === 0, hung } : { error: 'not found; paths: /live' }));
});
server.listen(settings.port);

log('info', 'the rollout controller starts', { pod: settings.pod });
await lead(
  {
    store: leaderLease(kubernetes),
    clock: {
      now: () => new Date(),
      elapsed,
      sleep: (seconds, signal) => {
        pulse.beat('lease');
        return sleepUnless(seconds, signal);
      },
    },
  },
  {
    name: identity,
    isPredecessor: (holder) => holder.startsWith(`${settings.pod}_`),
    seconds: LEADER.seconds,
    renewSeconds: LEADER.renewSeconds,
    onEvent: write,
  },
  end.signal,
  async (signal) => {
    await control(() => portsOf(signal), portsOf(signal), {
      by: `rollout-controller@${settings.pod}`,
      seconds: settings.lookSeconds,
      signal,
      onEvent,
      onLook: () => {
        pulse.beat('list');
      },
    });
    pulse.end('list');
  },
);
server.close();
log('info', 'the rollout controller ends', { pod: settings.pod });
