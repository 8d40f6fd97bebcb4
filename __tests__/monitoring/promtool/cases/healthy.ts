import type { Series } from '../suite';

/** Targets that must be there. */
export function targets(values: string): Series {
  return Object.fromEntries(
    ['gateway', 'model-server', 'kube-state-metrics', 'kubelet'].map((job) => [
      `up{job="${job}",instance="a"}`,
      values,
    ]),
  );
}

export const alertmanagerUp: Series = {
  'alertmanager_notifications_failed_total{integration="webhook",reason="other"}': '7x60',
};
