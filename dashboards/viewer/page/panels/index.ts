import type { ComponentType } from 'react';
import type { PanelKind } from '../supported';
import { BarChartPanel } from './bar-chart';
import { HeatmapPanel } from './heatmap';
import type { PanelProps } from './panel-props';
import { BarGaugePanel, GaugePanel, StatPanel } from './reduced-values';
import { TablePanel } from './table';
import { TextPanel } from './text';
import { TimeSeriesPanel } from './time-series';
import { TimelinePanel } from './timeline';

export const PANELS: Record<PanelKind, ComponentType<PanelProps>> = {
  timeseries: TimeSeriesPanel,
  graph: TimeSeriesPanel,
  stat: StatPanel,
  gauge: GaugePanel,
  bargauge: BarGaugePanel,
  table: TablePanel,
  heatmap: HeatmapPanel,
  'state-timeline': TimelinePanel,
  'status-history': TimelinePanel,
  barchart: BarChartPanel,
  text: TextPanel,
};
