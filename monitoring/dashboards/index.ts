import { render, type DashboardSpec } from './dashboard';
import { driftDashboard } from './drift';
import { lifeCycleDashboard } from './life-cycle';
import { platformDashboard } from './platform';
import { qualityDashboard } from './quality';
import { servingDashboard } from './serving';

export type { DashboardSpec } from './dashboard';

export const dashboards: readonly DashboardSpec[] = [
  platformDashboard,
  servingDashboard,
  qualityDashboard,
  driftDashboard,
  lifeCycleDashboard,
];

/** The JSON of each dashboard, by its uid. */
export function renderDashboards(): ReadonlyMap<string, string> {
  return new Map(dashboards.map((spec) => [spec.uid, `${JSON.stringify(render(spec), null, 2)}\n`]));
}
