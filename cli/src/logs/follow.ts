import { Log } from '@kubernetes/client-node';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE } from '../../../contracts/namespaces';
import type { Kubernetes } from '../cluster/kubernetes';
import { isWanted, parseLine, type LineFilter, type LogLine } from './line';
import { servingPods, type ServingPod } from './pods';

/** Pods come and go with every deployment. */
const LOOK_FOR_PODS_MS = 2_000;

/** Hands on every line as it is written, until the signal. Pods that start meanwhile are followed too. */
export async function followLogs(
  kubernetes: Kubernetes,
  sinceSeconds: number,
  filter: LineFilter,
  signal: AbortSignal,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const started = Date.now() - sinceSeconds * 1000;
  const followed = new Map<string, Promise<void>>();
  /** Time of the newest line by pod: what was read before a connection ended is not told again. */
  const newest = new Map<string, string>();
  while (!signal.aborted) {
    // The API server may be unavailable for a moment.
    const pods = await servingPods(kubernetes, filter.model).catch(() => []);
    for (const pod of pods.filter(({ uid, running }) => running && !followed.has(uid))) {
      const last = newest.get(pod.uid);
      const sinceTime = last?.replace(/\.\d+Z$/, 'Z') ?? new Date(started).toISOString();
      const stream = followPod(kubernetes, pod, sinceTime, signal, (line) => {
        if (last !== undefined && line.at <= last) return;
        newest.set(pod.uid, line.at);
        if (isWanted(line, filter)) onLine(line);
      })
        .catch(() => undefined)
        .finally(() => followed.delete(pod.uid));
      followed.set(pod.uid, stream);
    }
    await sleep(LOOK_FOR_PODS_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(followed.values());
}

async function followPod(
  { config }: Kubernetes,
  { name, container }: ServingPod,
  sinceTime: string,
  signal: AbortSignal,
  onLine: (line: LogLine) => void,
): Promise<void> {
  const stream = new PassThrough();
  const options = { follow: true, timestamps: true, sinceTime };
  const controller = await new Log(config).log(NAMESPACE.serving, name, container, stream, options);
  const stop = () => {
    controller.abort();
    stream.end();
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    for await (const raw of createInterface({ input: stream, crlfDelay: Infinity })) {
      const line = parseLine(name, raw);
      if (line !== undefined) onLine(line);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
