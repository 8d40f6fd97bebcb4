/** What the CI can build, as its web UI, its API and its service accounts name it. */
export const CI_BUILDERS = ['test', 'image', 'train', 'deploy', 'rollback', 'reconcile'] as const;

export type CiBuilder = (typeof CI_BUILDERS)[number];

export const CI = {
  /** Port of the master that runners connect to. */
  runnerPort: 9989,
  /** `app.kubernetes.io/name` of runners. */
  runnerApp: 'ci-runner',
  priorityClass: 'mlops-ci',
  /** Users of the web UI and of webhooks. */
  user: 'admin',
  webhookUser: 'alertmanager',
  /** Path of the webhook that takes alerts. */
  alertsPath: '/change_hook/alertmanager',
  /** Database and role in PostgreSQL. */
  database: 'ci',
  /** Folder of the platform in its image, and of the repository on kind's node. */
  platformFolder: '/platform',
  repositoryFolder: '/repository.git',
} as const;

export function ciAccount(builder: CiBuilder): string {
  return `ci-${builder}`;
}
