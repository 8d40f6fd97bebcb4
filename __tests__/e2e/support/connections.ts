import type { V1Pod } from '@kubernetes/client-node';
import { waitFor } from '../../support/wait-for';
import { tryingPod } from '../../../cli/src/cluster/network-policies';
import { platform } from './cluster';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A pod that connects in the name of another: with its labels, in its namespace. */
export interface Origin {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What came of a connection; `unknown` when its name was not resolved, or with a system's error of its own. */
export type Outcome = 'open' | 'closed' | 'unknown';

/** Rules follow a new pod within seconds. Longer than that is too late. */
const ROUNDS = 5;
const PATIENCE = { timeout: 60_000, interval: 500 };

/**
 * Tries all connections at once, and again until each is as expected or patience ends; prints what came of the last try.
 * A dropped packet is sent again after 1 s and 3 s: 4 s tell slow from closed.
 */
const TRY = `
const { lookup } = require('node:dns/promises');
const { connect } = require('node:net');
const [addresses, expected] = JSON.parse(process.argv[1]);
const knock = ({ host, port }) => lookup(host).then(({ address }) => new Promise((resolve) => {
  const socket = connect(port, address, () => end('open'));
  const end = (outcome) => { socket.destroy(); resolve(outcome); };
  socket.setTimeout(4000, () => end('closed'));
  socket.on('error', ({ code }) => end(code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' ? 'closed' : 'unknown'));
}), () => 'unknown');
(async () => {
  let outcomes;
  for (let round = 0; round < ${String(ROUNDS)}; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    outcomes = await Promise.all(addresses.map(knock));
    if (outcomes.every((outcome, index) => outcome === expected[index])) break;
  }
  console.log(JSON.stringify(outcomes));
})();`;

/** What comes of connections from a pod like `origin`, in their order. */
export async function connections(
  image: string,
  { namespace, labels }: Origin,
  addresses: readonly Address[],
  expected: readonly Outcome[],
): Promise<readonly Outcome[]> {
  const { core } = platform().kubernetes();
  const body = probe(image, labels, JSON.stringify([addresses, expected]));
  const { metadata } = await core.createNamespacedPod({ namespace, body });
  const name = metadata?.name ?? '';
  try {
    await waitFor(async () => {
      const { status } = await core.readNamespacedPod({ namespace, name });
      if (status?.phase !== 'Succeeded') throw new Error(`${namespace}/${name} is ${String(status?.phase)}`);
    }, PATIENCE);
    return JSON.parse(await core.readNamespacedPodLog({ namespace, name })) as Outcome[];
  } finally {
    await core.deleteNamespacedPod({ namespace, name, gracePeriodSeconds: 0 });
  }
}

function probe(image: string, labels: Origin['labels'], argument: string): V1Pod {
  const { spec } = tryingPod(image);
  const [container] = spec?.containers ?? [];
  if (!spec || !container) throw new Error('the pod that tries has no container');
  return {
    metadata: { generateName: 'connections-', labels },
    spec: {
      ...spec,
      containers: [
        {
          ...container,
          command: ['node', '-e', TRY, argument],
          // Never ready: no Service may take it for the one whose labels it has.
          readinessProbe: { exec: { command: ['node', '-e', 'process.exit(1)'] }, periodSeconds: 300 },
        },
      ],
    },
  };
}
