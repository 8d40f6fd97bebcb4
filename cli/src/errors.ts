import type { Canary } from '../../contracts/canary';
import { stateLockName } from '../../contracts/claims';
import { NAMESPACE, WORKLOAD_NAMESPACES } from '../../contracts/namespaces';
import { LABEL, PART_OF, SECRET } from '../../contracts/objects';
import { RELEASE_LIST, type HistoryEntry } from '../../contracts/release-list';
import type { Orphan } from './cluster/ownership';
import type { PipelineProblem } from './traffic/source-rows';
import type { AnswerCount } from './traffic/tally';

/**
 * Exit codes of `mlops`. Documented in the README; scripts may rely on them.
 */
export const ExitCode = {
  ok: 0,
  /** A bug, or a failure that no other code covers. */
  unexpected: 1,
  /** Invalid command line or platform.yaml. */
  usage: 2,
  /** A requirement of the machine is not met: engine, memory, disk, a free port. */
  environment: 3,
  /** The named object does not exist, or there is nothing to do. */
  notFound: 4,
  /** A component of the platform did not answer. */
  unavailable: 5,
  /** Another command or owner changed or holds what this command was to change. */
  conflict: 6,
  /** Ctrl-C or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface Problem {
  /** What was wrong. */
  readonly what: string;
  /** The value that was found. */
  readonly got?: string;
  /** What was expected. */
  readonly expected?: string;
  /** The state after a failed change. */
  readonly now?: string;
  /** What the reader does next. */
  readonly fix: string;
}

/** An error meant for the person at the terminal: printed without a stack trace. */
export class UserError extends Error {
  constructor(
    readonly problem: Problem,
    readonly exitCode: ExitCode,
    options?: ErrorOptions,
  ) {
    super(formatProblem(problem), options);
    this.name = 'UserError';
  }
}

function formatProblem({ what, got, expected, now, fix }: Problem): string {
  return [
    what,
    ...(got === undefined ? [] : [`  got:      ${got}`]),
    ...(expected === undefined ? [] : [`  expected: ${expected}`]),
    ...(now === undefined ? [] : [`  now:      ${now}`]),
    `  fix:      ${fix}`,
  ].join('\n');
}

const list = (versions: readonly string[]) => (versions.length === 0 ? 'none' : versions.join(', '));

/** All errors that a user of `mlops` can meet. */
export const errors = {
  malformedModelVersion: (value: string) =>
    new UserError(
      {
        what: 'The argument is not of the form MODEL@VERSION.',
        got: value,
        expected: 'for example fraud@2',
        fix: 'Run `mlops history MODEL` to list the versions.',
      },
      ExitCode.usage,
    ),
  unknownModel: (model: string, known: readonly string[]) =>
    new UserError(
      {
        what: 'platform.yaml has no such model.',
        got: model,
        expected: `one of: ${list(known)}`,
        fix: 'Correct the name, or add the model under `models:` in platform.yaml and run `make up`.',
      },
      ExitCode.notFound,
    ),
  unknownVersion: (model: string, version: string, known: readonly string[]) =>
    new UserError(
      {
        what: `MLflow has no such version of model ${model}.`,
        got: version,
        expected: `one of: ${list(known)}`,
        fix: `Choose an existing version, or train a new one with \`mlops train ${model}\`.`,
      },
      ExitCode.notFound,
    ),
  notPackaged: (model: string, version: string) =>
    new UserError(
      {
        what: `Version ${version} of model ${model} is registered but was never packaged.`,
        got: 'no image_digest tag in MLflow',
        expected: 'a version whose training run completed the package step',
        fix: `Train again with \`mlops train ${model}\`, and deploy the version it reports.`,
      },
      ExitCode.notFound,
    ),
  packageMissing: (model: string, version: string, digest: string) =>
    new UserError(
      {
        what: `The package of ${model} version ${version} is not in the OCI registry.`,
        got: 'manifest not found',
        expected: digest,
        fix: `Train again with \`mlops train ${model}\`, or restore the registry's volume.`,
      },
      ExitCode.notFound,
    ),
  digestMismatch: (model: string, version: string, got: string, expected: string) =>
    new UserError(
      {
        what: `The package of ${model} version ${version} is not the one that MLflow recorded.`,
        got: `${got} in the OCI registry`,
        expected: `${expected} as recorded in MLflow`,
        fix: `Do not deploy it: the tag was moved. Train again with \`mlops train ${model}\`.`,
      },
      ExitCode.conflict,
    ),
  neverDeployed: (model: string, version: string, deployed: readonly string[]) =>
    new UserError(
      {
        what: `Version ${version} of model ${model} has never been deployed, so there is nothing to roll back to.`,
        got: version,
        expected: `a version that has served before: ${list(deployed)}`,
        fix: `Use \`mlops deploy ${model}@${version}\` to deploy it for the first time.`,
      },
      ExitCode.notFound,
    ),
  nothingToRollBackTo: (model: string) =>
    new UserError(
      {
        what: `Model ${model} has no earlier version to roll back to.`,
        got: 'at most one version has ever served',
        expected: 'an earlier deployment in `mlops history`',
        fix: `Deploy another version first: \`mlops train ${model}\`, then \`mlops deploy ${model}@VERSION\`.`,
      },
      ExitCode.notFound,
    ),
  noChampion: (model: string, version: string) =>
    new UserError(
      {
        what: `Model ${model} serves nothing that version ${version} could be compared with.`,
        got: '--canary without a version that serves',
        expected: 'a version that serves',
        fix: `Deploy it without a canary: \`mlops deploy ${model}@${version}\`.`,
      },
      ExitCode.notFound,
    ),
  diverged: (count: number) =>
    new UserError(
      {
        what: 'The platform differs from its release list.',
        got: `${String(count)} ${count === 1 ? 'difference' : 'differences'}, listed above`,
        expected: 'gateway, pods, MLflow and Terraform as the release list says',
        fix: 'Nothing was changed. Unless a command is at work on it, run `mlops reconcile`.',
      },
      ExitCode.conflict,
    ),
  canaryUnmeasured: (model: string, version: string, monitoring: string) =>
    new UserError(
      {
        what: 'A canary is judged by what the platform’s Prometheus measures, and it has none.',
        got: `monitoring: ${monitoring}`,
        expected: 'monitoring: bundled',
        fix: `Set it in platform.yaml and run \`mlops up\`, or deploy without a canary: \`mlops deploy ${model}@${version}\`.`,
      },
      ExitCode.usage,
    ),
  canaryRolledBack: (model: string, version: string, why: string) =>
    new UserError(
      {
        what: `The canary of ${model} was rolled back: version ${version} did not do as well as what serves.`,
        got: why,
        expected: 'no worse than the margins of its plan',
        fix: `See \`mlops history ${model}\` for the evidence; the version that served before has all traffic.`,
      },
      ExitCode.unexpected,
    ),
  canaryGoesOn: (model: string, { version }: Canary) =>
    new UserError(
      {
        what: `Version ${version} of ${model} goes on as a canary: the rollout controller watches it.`,
        got: 'interrupted',
        expected: 'the end of the canary',
        now: 'nothing was changed',
        fix: `Look at it: \`mlops status\`; follow it again: \`mlops deploy ${model}@${version} --canary\`; or end it: \`mlops rollback ${model}\`.`,
      },
      ExitCode.interrupted,
    ),
  canaryUnwatched: (model: string, { version, champion, until, phase }: Canary) =>
    new UserError(
      {
        what: `Nobody watches version ${version} of ${model} any more.`,
        got: 'interrupted',
        expected: 'a canary is watched to its end',
        now:
          phase === 'canary'
            ? `the gateway sends all requests to version ${champion} from ${until ?? 'now'} on`
            : `version ${version} keeps serving, and its probation does not end`,
        fix: `Watch it again: \`mlops deploy ${model}@${version} --canary\`; or end it: \`mlops rollback ${model}\`.`,
      },
      ExitCode.interrupted,
    ),
  canaryReplaced: (model: string, version: string, entry: HistoryEntry | undefined) =>
    new UserError(
      {
        what: `The canary of ${model} version ${version} was ended by another command.`,
        got:
          entry === undefined
            ? 'no history'
            : `${entry.by}: ${entry.action} ${model}@${entry.version} at ${entry.at}`,
        expected: 'no other command on this model meanwhile',
        fix: `See \`mlops status\` and \`mlops history ${model}\`.`,
      },
      ExitCode.conflict,
    ),
  refusedByLog: (
    {
      model,
      version,
      champion,
      judgement,
      why,
    }: {
      readonly model: string;
      readonly version: string;
      readonly champion: string;
      readonly judgement: { readonly verdict: string };
      readonly why: string;
    },
    evidence: string,
  ) =>
    new UserError(
      judgement.verdict === 'worse'
        ? {
            what: `By the prediction log, version ${version} of model ${model} is worse than version ${champion}; no client saw it.`,
            got: evidence,
            expected: 'decisions on the same labelled rows that are no worse than the margins of its plan',
            fix: `Train another one, or deploy it all the same: \`mlops deploy ${model}@${version}\`.`,
          }
        : {
            what: `The prediction log says too little about version ${version} of model ${model}, and its plan does not hold.`,
            got: `${evidence} (${why})`,
            expected: `enough labelled rows that version ${champion} decided on`,
            fix: `Wait for labels, or set models.${model}.canary.withoutEvidence to hold, or leave out the margins of what is missing.`,
          },
      ExitCode.unexpected,
    ),
  canaryRunning: (model: string, version: string) =>
    new UserError(
      {
        what: `Version ${version} of model ${model} is a canary, or in probation, already.`,
        got: version,
        expected: 'one canary of a model at a time',
        fix: `Watch it: \`mlops deploy ${model}@${version} --canary\`; or end it: \`mlops rollback ${model}\`.`,
      },
      ExitCode.conflict,
    ),
  alreadyServing: (model: string, version: string) =>
    new UserError(
      {
        what: `Version ${version} of model ${model} is already serving.`,
        got: version,
        expected: 'another version',
        fix: `Nothing to do; \`mlops status\` shows what runs.`,
      },
      ExitCode.notFound,
    ),
  claimed: (model: string, holder: string, since: string) =>
    new UserError(
      {
        what: `Another command is changing ${model}.`,
        got: `${holder}, since ${since}`,
        expected: 'no other command running on this model',
        fix: 'Nothing was changed. Wait until it finishes, check `mlops status`, then decide again.',
      },
      ExitCode.conflict,
    ),
  changedMeanwhile: (model: string, change: string) =>
    new UserError(
      {
        what: `The releases of ${model} changed while this command was starting or running.`,
        got: change,
        expected: 'the releases as they were when the command started',
        fix: `Check \`mlops history ${model}\`, then decide again. No other change was overwritten.`,
      },
      ExitCode.conflict,
    ),
  rolloutFailed: (reason: string, now: string, cause: unknown) =>
    new UserError(
      {
        what: 'The releases could not be changed.',
        got: reason,
        now,
        fix: 'Check `mlops status` for what is not ready, then run the command again.',
      },
      ExitCode.unexpected,
      { cause },
    ),
  foreignObject: (stack: string, { address, namespace, name }: Orphan) =>
    new UserError(
      {
        what: `Stack ${stack} needs an object that already exists and was not created by this platform.`,
        got: `${address}: ${namespace === undefined ? name : `${namespace}/${name}`}`,
        expected: `no such object, or one labeled ${LABEL.partOf}=${PART_OF}`,
        fix: 'It was not touched. Rename or remove it, or use another cluster.',
      },
      ExitCode.conflict,
    ),
  releaseListInvalid: (reason: string) =>
    new UserError(
      {
        what: 'The release list in the cluster cannot be used.',
        got: reason,
        expected: `ConfigMap ${RELEASE_LIST.namespace}/${RELEASE_LIST.name} as \`mlops\` writes it (schema 1)`,
        fix: 'Restore its last good content (`mlops history` prints the images), or run `make up` if it is missing.',
      },
      ExitCode.conflict,
    ),
  registryFailed: (problem: Problem) => new UserError(problem, ExitCode.unavailable),
  credentialsUnusable: (file: string, host: string, got: string) =>
    new UserError(
      {
        what: `\`images.credentials\` has no login of ${host}.`,
        got: `${file}: ${got}`,
        expected: `a JSON file with auths.${host}.auth, as \`docker login\` writes it where no credential helper is set up`,
        fix: `\`DOCKER_CONFIG=$(mktemp -d) docker login ${host}\` writes such a config.json there: name it, best with a user that may only push and pull here.`,
      },
      ExitCode.usage,
    ),
  caUnusable: (file: string, got: string) =>
    new UserError(
      {
        what: '`images.ca` names no certificate.',
        got: `${file}: ${got}`,
        expected: 'a PEM file that begins with -----BEGIN CERTIFICATE-----',
        fix: "Ask whoever runs the registry for the CA of its certificate, or leave `images.ca` out if this machine's system trusts it.",
      },
      ExitCode.usage,
    ),
  unavailable: (component: string, address: string, reason: string) =>
    new UserError(
      {
        what: `${component} does not answer.`,
        got: reason,
        expected: `an answer from ${address}`,
        fix: 'Check `mlops status` for what is not ready; `make up` restores missing components.',
      },
      ExitCode.unavailable,
    ),
  notTraced: (id: string, reason: string) =>
    new UserError(
      {
        what: `Prediction ${id} cannot be traced.`,
        got: reason,
        expected: 'the id of an answer: `prediction_id`, the `id` of the response, or its x-request-id',
        fix: 'Predictions are stored seconds after the answer: check the id, wait a moment, and ask again.',
      },
      ExitCode.notFound,
    ),
  noLogs: (model: string | undefined) =>
    new UserError(
      {
        what: 'There is no log to read.',
        got: `no pod of the gateway${model === undefined ? ' or of any model' : ` or of ${model}`} has one`,
        expected: `pods in namespace ${NAMESPACE.serving}`,
        fix: 'Check `mlops status` for what is not ready; `make up` restores missing components.',
      },
      ExitCode.unavailable,
    ),
  clusterMissing: (name: string) =>
    new UserError(
      {
        what: `There is no running platform called ${name}.`,
        got: 'no cluster',
        expected: 'a cluster created by `make up`',
        fix: 'Run `make up`.',
      },
      ExitCode.unavailable,
    ),
  contextMissing: (context: string, known: readonly string[]) =>
    new UserError(
      {
        what: 'The kubeconfig has no such context.',
        got: context,
        expected: `one of: ${list(known)}`,
        fix: 'Correct `cluster.context` (or `cluster.kubeconfig`) in platform.yaml. Files that KUBECONFIG lists are not merged: `kubectl config view --flatten >FILE` makes one of them.',
      },
      ExitCode.usage,
    ),
  clusterUnfit: (problems: readonly string[]) =>
    new UserError(
      {
        what: 'The platform cannot run on this cluster. Nothing was changed.',
        got: problems.join('\n            '),
        expected: 'a cluster as README.md describes it under "Existing cluster"',
        fix: 'Correct what is named, use another `cluster.context` in platform.yaml, or `cluster.type: kind`.',
      },
      ExitCode.environment,
    ),
  namespaceStays: (name: string, reason: string, seconds: number) =>
    new UserError(
      {
        what: `Namespace ${name} is being deleted and does not go away.`,
        got: reason === '' ? `still there after ${String(seconds)} s` : reason,
        expected: `an empty namespace within ${String(seconds)} s`,
        fix: `Look at \`kubectl get namespace ${name} -o yaml\`: its conditions name what holds it. Then run the command again.`,
      },
      ExitCode.unavailable,
    ),
  foreignCluster: (name: string, owner: string) =>
    new UserError(
      {
        what: `A kind cluster called ${name} already exists and does not belong to this checkout.`,
        got: owner,
        expected: 'no cluster of that name, or one created by this checkout',
        fix: `Choose another \`cluster.name\` in platform.yaml, or remove that cluster yourself: \`kind delete cluster --name ${name}\`.`,
      },
      ExitCode.conflict,
    ),
  clusterUnhealthy: (name: string, reason: string) =>
    new UserError(
      {
        what: `The cluster ${name} exists, but its API server does not answer.`,
        got: reason,
        expected: 'an API server that answers within three minutes',
        fix: 'Its data was not touched. Run `make up` again; if that does not help, `make down` removes the cluster and everything in it.',
      },
      ExitCode.unavailable,
    ),
  clusterNotCreated: (name: string, reason: string) =>
    new UserError(
      {
        what: `The kind cluster ${name} could not be created.`,
        got: reason,
        expected: 'a cluster that becomes Ready',
        fix: 'Read the output above, then run `make up` again: completed steps are skipped.',
      },
      ExitCode.unexpected,
    ),
  notReady: (names: readonly string[], seconds: number) =>
    new UserError(
      {
        what: `Not everything became ready within ${String(seconds)} s.`,
        got: `not ready: ${list(names)}`,
        expected: 'all platform pods ready',
        fix: `Nothing is lost. Check the pods in namespaces ${WORKLOAD_NAMESPACES.join(', ')}, then run \`make up\` again.`,
      },
      ExitCode.unavailable,
    ),
  portTaken: (port: number, key: string, system: string) =>
    new UserError(
      {
        what: `Port ${String(port)} on 127.0.0.1 is in use.`,
        got: `another process is listening on it${system === 'darwin' ? ': on a Mac this may be AirPlay Receiver' : ''}`,
        expected: `a free port for ${key}`,
        fix: `Stop that process, or set \`ports.${key}\` in platform.yaml to a free port.`,
      },
      ExitCode.environment,
    ),
  tooLittleMemory: (gib: number, needed: number) =>
    new UserError(
      {
        what: 'The machine that containers run on does not have enough memory for the platform.',
        got: `${gib.toFixed(1)} GiB`,
        expected: `at least ${String(needed)} GiB`,
        fix: 'Give the virtual machine of Docker Desktop or podman more (its settings, Resources). Or use a larger machine, or an existing cluster: `cluster.type: existing` in platform.yaml.',
      },
      ExitCode.environment,
    ),
  notDelegated: (missing: readonly string[]) =>
    new UserError(
      {
        what: 'The container engine runs rootless and cannot limit what Kubernetes nodes limit.',
        got: `not available to this user: ${missing.join(', ')}`,
        expected: 'cgroup v2 with cpu, memory and pids delegated',
        fix: 'Delegate them (https://rootlesscontaine.rs/getting-started/common/cgroup2/), log in again, or use an engine that runs as root.',
      },
      ExitCode.environment,
    ),
  tooLittleDisk: (folder: string, gib: number, needed: number) =>
    new UserError(
      {
        what: `There is not enough free disk space in ${folder}.`,
        got: `${gib.toFixed(1)} GiB free`,
        expected: `at least ${String(needed)} GiB`,
        fix: 'Free some space, or point MLOPS_CACHE at a larger disk.',
      },
      ExitCode.environment,
    ),
  terraformFailed: (stack: string, action: string, output: string) =>
    new UserError(
      {
        what: `Terraform could not ${action} stack ${stack}.`,
        got: output,
        expected: 'an apply without errors',
        fix: 'Fix the cause above and run the command again: completed resources are in the state.',
      },
      ExitCode.unexpected,
    ),
  stateLocked: (stack: string, who: string, since: string) =>
    new UserError(
      {
        what: `The state of stack ${stack} is locked.`,
        got: `held by ${who} since ${since}`,
        expected: 'no lock',
        fix: `Wait until the holder finishes. If it is dead, delete its Lease: ${stateLockName(stack)} in namespace ${NAMESPACE.system}.`,
      },
      ExitCode.conflict,
    ),
  commandFailed: (what: string, output: string) =>
    new UserError(
      {
        what,
        got: output,
        expected: 'exit code 0',
        fix: 'Read the output above, then run `make up` again: completed steps are skipped.',
      },
      ExitCode.unexpected,
    ),
  trainingFailed: (model: string, job: string, reason: string) =>
    new UserError(
      {
        what: `Training ${model} failed (Job ${NAMESPACE.ci}/${job}).`,
        got: reason,
        expected: 'a run that registers and packages a version',
        fix: 'Fix the cause; no deployable version was registered. The log of the Job is kept for a day.',
      },
      ExitCode.unexpected,
    ),
  ciOff: () =>
    new UserError(
      {
        what: 'This platform runs no CI.',
        got: 'ci.enabled: false in platform.yaml',
        expected: 'ci.enabled: true',
        fix: 'Switch it on and run `make up`, or use the command that the build would run.',
      },
      ExitCode.notFound,
    ),
  ciPassword: (address: string) =>
    new UserError(
      {
        what: 'The CI does not accept the password of the platform.',
        got: `HTTP 401 from ${address}`,
        expected: `the password in Secret ${NAMESPACE.ci}/${SECRET.ci}`,
        fix: 'If the Secret was changed, try again in two minutes: the CI sees it as soon as its node does.',
      },
      ExitCode.unavailable,
    ),
  ciRefused: (button: string, reason: string) =>
    new UserError(
      {
        what: `The CI did not accept the request (${button}).`,
        got: reason,
        expected: 'a value that the button takes',
        fix: 'Correct it and ask again. Nothing was started.',
      },
      ExitCode.usage,
    ),
  buildFailed: (name: string, outcome: string, reason: string, id: number) =>
    new UserError(
      {
        what: `Build ${name} ended with ${outcome}.`,
        got: reason,
        expected: 'success',
        fix: `Read \`mlops builds log ${String(id)}\`, fix the cause, and start it again.`,
      },
      ExitCode.unexpected,
    ),
  unknownBuild: (id: string) =>
    new UserError(
      {
        what: 'The CI has no such build.',
        got: id,
        expected: 'a number in the first column of `mlops builds`',
        fix: 'Run `mlops builds`.',
      },
      ExitCode.notFound,
    ),
  notReconciled: (stack: string) =>
    new UserError(
      {
        what: `Stack ${stack} still differs from the cluster after an apply.`,
        got: 'a plan with changes',
        expected: 'an empty plan',
        fix: 'Somebody else changes the same objects: look at their managedFields, then run the command again.',
      },
      ExitCode.conflict,
    ),
  imageNotInCluster: (name: string, found: string, wanted: string) =>
    new UserError(
      {
        what: `The cluster does not have the image ${name} of this commit, and a pod cannot build it.`,
        got: found,
        expected: wanted,
        fix: 'Run `mlops up` from this commit on a machine with a container engine; it builds and loads the image.',
      },
      ExitCode.environment,
    ),
  gatewayNotSwitched: (model: string, version: string, seconds: number, reasons: string) =>
    new UserError(
      {
        what: `The gateway did not apply the new weights for ${model} within ${String(seconds)} s.`,
        got: reasons === '' ? 'no gateway pod is running' : reasons,
        expected: `all gateway pods sending traffic to version ${version}`,
        fix: `Check \`mlops status\` and the gateway's log in namespace ${NAMESPACE.serving}.`,
      },
      ExitCode.unavailable,
    ),
  noAnswer: (model: string, address: string, reason: string) =>
    new UserError(
      {
        what: `Model ${model} is deployed but does not answer.`,
        got: reason,
        expected: `a prediction from ${address}`,
        fix: `Check \`mlops status\` and the model's pods in namespace ${NAMESPACE.serving}.`,
      },
      ExitCode.unavailable,
    ),
  modelNotNamed: (known: readonly string[]) =>
    new UserError(
      {
        what: 'This platform has several models; the command names none.',
        got: 'no --model',
        expected: `one of: ${list(known)}`,
        fix: 'Add `--model MODEL`.',
      },
      ExitCode.usage,
    ),
  labelsFileUnknown: (file: string, known: readonly string[]) =>
    new UserError(
      {
        what: 'The name of the file does not say what is in it.',
        got: file,
        expected: `a name that ends in ${known.join(', ')}`,
        fix: 'Export CSV with a header, or a JSON object per line, and name it so.',
      },
      ExitCode.usage,
    ),
  labelsFileUnreadable: (file: string, reason: string) =>
    new UserError(
      {
        what: 'The file with labels cannot be read.',
        got: `${file}: ${reason}`,
        expected: 'a readable file',
        fix: 'Correct its path or its permissions, then run the command again.',
      },
      ExitCode.usage,
    ),
  labelsFileBroken: (file: string, reason: string) =>
    new UserError(
      {
        what: `${file} cannot be read as CSV.`,
        got: reason,
        expected: 'values separated by commas, those with commas or quotes in double quotes',
        fix: 'Correct the line that is named.',
      },
      ExitCode.usage,
    ),
  labelsHeader: (file: string, got: readonly string[], missing: readonly string[]) =>
    new UserError(
      {
        what: `${file} has no column ${missing.join(', ')}.`,
        got: `header: ${got.join(', ').slice(0, 200)}`,
        expected: 'a header with prediction_id, label and source; row and predicted_at if you have them',
        fix: 'Add the header, or rename the columns.',
      },
      ExitCode.usage,
    ),
  labelsPassword: (url: string) =>
    new UserError(
      {
        what: 'The labels service does not accept the password of the platform.',
        got: `HTTP 401 from ${url}`,
        expected: `the password in Secret ${NAMESPACE.registry}/${SECRET.labels}`,
        fix: 'If the Secret was changed, restart the Deployment quality: it reads the password when it starts.',
      },
      ExitCode.unavailable,
    ),
  labelsRefused: (url: string, reason: string) =>
    new UserError(
      {
        what: 'The labels service refuses the labels.',
        got: reason,
        expected: `labels accepted by ${url}`,
        fix: 'Read the answer above. If the platform has no labels service yet, run `make up`.',
      },
      ExitCode.unavailable,
    ),
  /** @param through last line that is stored; undefined where the whole file is */
  labelsBrokeOff: (stored: number, through: number | undefined, { problem, exitCode }: UserError) =>
    new UserError(
      {
        ...problem,
        now:
          through === undefined
            ? `all ${String(stored)} labels are stored; what becomes of them is not known yet`
            : stored === 0
              ? 'nothing is stored'
              : `${String(stored)} labels are stored, up to line ${String(through)}; those after it are not`,
        fix: `${problem.fix} Then import the whole file again: labels that are stored count once.`,
      },
      exitCode,
    ),
  labelLinesRefused: (file: string, refused: number, stored: number) =>
    new UserError(
      {
        what: `${String(refused)} lines of ${file} hold no label that can be used; they are listed above.`,
        now: `the other ${String(stored)} labels are stored`,
        fix: 'Correct these lines and import the file again: labels that are stored count once.',
      },
      ExitCode.unexpected,
    ),
  pythonMissing: (python: string) =>
    new UserError(
      {
        what: "The model's data source needs the Python packages of the pipeline.",
        got: `no ${python}`,
        expected: 'the Python environment of this repository',
        fix: 'Run `make setup-python`, or replay a file with --file.',
      },
      ExitCode.environment,
    ),
  rowsFailed: (model: string, { what, got, expected, fix }: PipelineProblem) =>
    new UserError(
      {
        what: `The data source of ${model} gave no rows${what === undefined ? '' : `: ${what}`}.`,
        got,
        expected: expected ?? 'rows from `python -m pipeline rows`',
        fix: fix ?? 'If a Python package is missing, run `make setup-python`.',
      },
      ExitCode.unexpected,
    ),
  noTrafficRows: () =>
    new UserError(
      {
        what: 'There is nothing to replay.',
        got: 'no row',
        expected: 'at least one row',
        fix: 'Name another file, or another period with --from and --days.',
      },
      ExitCode.notFound,
    ),
  trafficFile: (file: string, got: string, expected: string) =>
    new UserError(
      {
        what: `${file} cannot be replayed.`,
        got,
        expected,
        fix: 'Correct the file: JSON Lines of {"at", "features", "label"}, or CSV whose columns other than at and label are features.',
      },
      ExitCode.usage,
    ),
  trafficOptionWithFile: (option: string, value: string) =>
    new UserError(
      {
        what: `${option} is about the model's data source, and --file replays a file instead.`,
        got: `${option} ${value}`,
        expected: 'one of the two',
        fix: `Leave out --file or ${option}.`,
      },
      ExitCode.usage,
    ),
  trafficChangeOutside: (changeAt: string, from: string, to: string) =>
    new UserError(
      {
        what: 'The change is not in the period that is replayed.',
        got: `--change-at ${changeAt}`,
        expected: `a day from ${from}, before ${to}`,
        fix: 'Choose a day in between, or another period with --from and --days.',
      },
      ExitCode.usage,
    ),
  trafficUnanswered: (model: string, answers: readonly AnswerCount[]) =>
    new UserError(
      {
        what: `Not one request to ${model} got a prediction.`,
        got:
          answers.map(({ status, count }) => `${status}: ${String(count)}`).join(', ') ||
          'no request was sent',
        expected: 'predictions',
        fix: 'Check `mlops status`, and `mlops logs` for the reason. Features must be those of the model.',
      },
      ExitCode.unexpected,
    ),
  exampleMissing: (file: string) =>
    new UserError(
      {
        what: 'The example request for the model is missing.',
        got: file,
        expected: 'a JSON file with one inference request',
        fix: 'Create it: `make up` sends it to verify that the model answers.',
      },
      ExitCode.usage,
    ),
  interrupted: () =>
    new UserError(
      {
        what: 'Interrupted.',
        fix: 'Nothing is lost: run the same command again; completed steps are skipped.',
      },
      ExitCode.interrupted,
    ),
};
