import type { AnnotationEvent, DashboardCursorSync, DataFrame, TimeRange } from '@grafana/data';
import { dateTimeFormat } from '@grafana/data';
import { LegendDisplayMode, type VizLegendOptions } from '@grafana/schema';
import type { PanelJson } from '../dashboard-json';
import type { Scope } from '../interpolate';

/** Props of every panel kind. */
export interface PanelProps {
  panel: PanelJson;
  frames: DataFrame[];
  width: number;
  height: number;
  range: TimeRange;
  scope: Scope;
  /** Increases whenever the fields change. */
  structureRev: number;
  annotations: AnnotationEvent[];
  sync: DashboardCursorSync;
  onZoom: (from: number, to: number) => void;
}

export const LEGEND: VizLegendOptions = {
  showLegend: true,
  displayMode: LegendDisplayMode.List,
  placement: 'bottom',
  calcs: [],
};

export const timeText = (at: number, timeZone: string) => dateTimeFormat(at, { timeZone });
