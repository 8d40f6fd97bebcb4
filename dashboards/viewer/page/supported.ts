/** Supported panel kinds. Rows are part of the layout. */
export const PANEL_KINDS = [
  'timeseries',
  'graph',
  'stat',
  'gauge',
  'bargauge',
  'table',
  'heatmap',
  'state-timeline',
  'status-history',
  'barchart',
  'text',
] as const;

export type PanelKind = (typeof PANEL_KINDS)[number];

/** Transformations in @grafana/data. Others are in Grafana's AGPL server, and refused by name. */
export const TRANSFORMATIONS = [
  'calculateField',
  'concatenate',
  'convertFieldType',
  'convertFrameType',
  'ensureColumns',
  'filterByRefId',
  'filterByValue',
  'filterFields',
  'filterFieldsByName',
  'filterFrames',
  'formatString',
  'formatTime',
  'groupBy',
  'groupToNestedTable',
  'groupingToMatrix',
  'histogram',
  'joinByField',
  'labelsToFields',
  'limit',
  'merge',
  'order',
  'organize',
  'reduce',
  'rename',
  'renameByRegex',
  'seriesToRows',
  'sortBy',
  'transpose',
] as const;
