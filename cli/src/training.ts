import { Log, type V1Job } from '@kubernetes/client-node';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESPACE } from '../../contracts/namespaces';
import { isConflict, type Kubernetes } from './cluster/kubernetes';
import { commitName } from '../../toolchain/commit';
import { errors } from './errors';

/** How long the pod of a training run may take to start. */
const START_PATIENCE_S = 180;

export interface TrainingResult {
  readonly model: string;
  readonly version: string;
  readonly image: string;
  readonly dataset_digest: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One line of a training run's log. */
export interface TrainingEvent {
  readonly step?: string;
  readonly status?: 'started' | 'done' | 'failed';
  readonly seconds?: number;
  readonly message?: string;
  readonly result?: TrainingResult;
  readonly error?: { what: string; got?: string; expected?: string; fix?: string };
}

/** What a run of the pipeline does in the cluster. */
export interface PipelineRun {
  readonly model: string;
  /** @default 'train' */
  readonly verb?: 'train' | 'repackage';
  /** Arguments of the pipeline besides the model's. */
  readonly args: readonly string[];
  /** Commit that the version is traced to. */
  readonly gitCommit: string;
}

/** Starts a Job from the model's training CronJob, with this run's arguments and commit. */
export async function startRun(
  { batch }: Kubernetes,
  { model, verb = 'train', args, gitCommit }: PipelineRun,
  build: Build | undefined = currentBuild(),
): Promise<string> {
  const { template, pod, container, others } = await trainingTemplate(batch, model);
  const set = { GIT_COMMIT: gitCommit, ...(build === undefined ? {} : { BUILD_URL: build.url }) };
  const env = (container.env ?? []).filter(({ name }) => !Object.hasOwn(set, name));
  const body: V1Job = {
    metadata: {
      ...(build === undefined
        ? { generateName: `${verb}-${model}-` }
        : { name: `${verb}-${model}-ci-${build.request}` }),
      labels: { ...template.metadata?.labels },
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
    },
    spec: {
      ...template.spec,
      template: {
        ...template.spec.template,
        spec: {
          ...pod,
          containers: [
            {
              ...container,
              args: verb === 'train' ? [...(container.args ?? []), ...args] : [verb, model, ...args],
              env: [...env, ...Object.entries(set).map(([name, value]) => ({ name, value }))],
            },
            ...others,
          ],
        },
      },
    },
  };
  try {
    const job = await batch.createNamespacedJob({ namespace: NAMESPACE.ci, body });
    return job.metadata?.name ?? '';
  } catch (error) {
    // The first attempt of this build started it, and was killed before it ended: follow it instead of a second one.
    if (build === undefined || !isConflict(error)) throw error;
    return body.metadata?.name ?? '';
  }
}

/** The model server that runs of the pipeline put models on, as repository:tag of the OCI registry. */
export async function modelServerOf({ batch }: Kubernetes, model: string): Promise<string | undefined> {
  const { container } = await trainingTemplate(batch, model);
  return container.env?.find(({ name }) => name === 'BASE_IMAGE')?.value;
}

/** The image of the pipeline that the cluster has. */
export async function pipelineImageOf({ batch }: Kubernetes, model: string): Promise<string | undefined> {
  return (await trainingTemplate(batch, model)).container.image;
}

async function trainingTemplate(batch: Kubernetes['batch'], model: string) {
  const cron = await batch.readNamespacedCronJob({ name: `train-${model}`, namespace: NAMESPACE.ci });
  const template = cron.spec?.jobTemplate;
  const pod = template?.spec?.template.spec;
  const [container, ...others] = pod?.containers ?? [];
  if (!template?.spec || !pod || !container) throw new Error(`CronJob train-${model} has no container`);
  return { template: { ...template, spec: template.spec }, pod, container, others };
}

/** The CI's build that this process is part of. */
export interface Build {
  readonly url: string;
  /** The same in every attempt of a build. */
  readonly request: string;
}

export function currentBuild(env: NodeJS.ProcessEnv = process.env): Build | undefined {
  const { MLOPS_BUILD_URL: url, MLOPS_BUILD_REQUEST: request } = env;
  return url === undefined || request === undefined ? undefined : { url, request };
}

/**
 * Follows a training run to its end. An interrupt also stops the run.
 * @throws UserError trainingFailed, interrupted
 */
export async function followTraining(
  kubernetes: Kubernetes,
  model: string,
  job: string,
  signal: AbortSignal,
  onEvent: (event: TrainingEvent) => void,
): Promise<TrainingResult> {
  try {
    const pod = await startedPod(kubernetes, model, job, signal);
    const tail: string[] = [];
    let result: TrainingResult | undefined;
    let failure: TrainingEvent['error'];
    for await (const line of logLines(kubernetes, pod, signal)) {
      const event = parseEvent(line);
      if (!event) {
        tail.push(line);
        continue;
      }
      result = event.result ?? result;
      failure = event.error ?? failure;
      onEvent(event);
    }
    if (signal.aborted) throw errors.interrupted();
    if (result) return result;
    const reason = failure
      ? [failure.what, failure.got, failure.expected, failure.fix].filter(Boolean).join('; ')
      : tail.slice(-15).join('\n') || 'the log ended without a result';
    throw errors.trainingFailed(model, job, reason);
  } catch (error) {
    if (signal.aborted) {
      await kubernetes.batch
        .deleteNamespacedJob({ name: job, namespace: NAMESPACE.ci, propagationPolicy: 'Background' })
        .catch(() => undefined);
      throw errors.interrupted();
    }
    throw error;
  }
}

export function parseEvent(line: string): TrainingEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as TrainingEvent;
  } catch {
    return undefined;
  }
}

async function startedPod({ core, batch }: Kubernetes, model: string, job: string, signal: AbortSignal) {
  const deadline = Date.now() + START_PATIENCE_S * 1000;
  let waiting = 'no pod was created';
  while (Date.now() < deadline) {
    if (signal.aborted) throw errors.interrupted();
    const { items } = await core.listNamespacedPod({
      namespace: NAMESPACE.ci,
      labelSelector: `job-name=${job}`,
    });
    const pod = items[0];
    const status = pod?.status?.containerStatuses?.[0];
    if (pod?.metadata?.name && (status?.state?.running ?? status?.state?.terminated))
      return pod.metadata.name;
    waiting =
      status?.state?.waiting?.reason ?? pod?.status?.phase ?? (await jobMessage(batch, job)) ?? waiting;
    await sleep(500);
  }
  throw errors.trainingFailed(
    model,
    job,
    `its pod did not start within ${String(START_PATIENCE_S)} s: ${waiting}`,
  );
}

async function jobMessage(batch: Kubernetes['batch'], job: string): Promise<string | undefined> {
  const { status } = await batch.readNamespacedJob({ name: job, namespace: NAMESPACE.ci });
  return status?.conditions?.find(({ type }) => type === 'Failed' || type === 'FailureTarget')?.message;
}

async function* logLines(kubernetes: Kubernetes, pod: string, signal: AbortSignal): AsyncGenerator<string> {
  const stream = new PassThrough();
  const controller = await new Log(kubernetes.config).log(NAMESPACE.ci, pod, '', stream, { follow: true });
  const stop = () => {
    controller.abort();
    stream.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** A run's events as lines of progress. */
export function reporting(report: (line: string) => void): (event: TrainingEvent) => void {
  return (event) => {
    const line = describe(event);
    if (line !== undefined) report(line);
  };
}

function describe({ step, status, seconds, message }: TrainingEvent): string | undefined {
  if (step === undefined || status === 'started') return step;
  return `${step} ${status ?? ''} ${seconds === undefined ? '' : `in ${seconds.toFixed(1)} s`} ${message ?? ''}`.trim();
}

/** The commit that the trained version is traced to; in a pod, the one that the platform was made from. */
export function gitCommit(): string {
  return process.env.MLOPS_COMMIT ?? commitName();
}
