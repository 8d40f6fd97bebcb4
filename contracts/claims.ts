import { NAMESPACE } from './namespaces';

/** Leases that record who works on what. Like the release list, they outlive the commands that create them. */
export const CLAIM = {
  namespace: NAMESPACE.serving,
  /** JSON of the process that holds the Lease. */
  holder: 'mlops.dev/holder',
  /** Set while a command works on a model: finding it on a Lease without a live holder means healing is due. */
  unfinished: 'mlops.dev/unfinished',
} as const;

/** Name of the Lease that claims a model's releases. */
export function claimName(model: string): string {
  return `release-${model}`;
}

/** The Lease of the rollout controller that leads. It is renewed more often than it expires, however busy the leader is. */
export const LEADER = {
  namespace: NAMESPACE.serving,
  name: 'rollout-controller',
  seconds: 15,
  renewSeconds: 4,
} as const;

/** Terraform's own lock of a stack's state, as its `kubernetes` backend names it. */
export const STATE_LOCK = {
  namespace: NAMESPACE.system,
  /** Terraform's JSON about the lock. */
  info: 'app.terraform.io/lock-info',
  labels: (stack: string) => ({
    tfstate: 'true',
    tfstateSecretSuffix: stack,
    tfstateWorkspace: 'default',
    'app.kubernetes.io/managed-by': 'terraform',
  }),
} as const;

/** Secret with a stack's state, as the same backend names it. */
export function stateSecretName(stack: string): string {
  return `tfstate-default-${stack}`;
}

export function stateLockName(stack: string): string {
  return `lock-tfstate-default-${stack}`;
}
