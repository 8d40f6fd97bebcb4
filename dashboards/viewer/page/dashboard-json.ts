import type { FieldConfigSource } from '@grafana/data';

// The parts of Grafana's classic schema that are read here. Options differ by kind and author, so they stay loose.
export type Options = Record<string, any>;

export interface DatasourceRef {
  type?: string;
  uid?: string;
}

export interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  format?: string;
  interval?: string;
  hide?: boolean;
  datasource?: DatasourceRef | null;
}

export interface GridPos {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface LinkJson {
  title: string;
  url: string;
  type?: string;
  tags?: string[];
  asDropdown?: boolean;
  targetBlank?: boolean;
  keepTime?: boolean;
  includeVars?: boolean;
}

export interface PanelJson {
  id?: number;
  type: string;
  title?: string;
  description?: string;
  gridPos: GridPos;
  datasource?: DatasourceRef | null;
  targets?: Target[];
  options?: Options;
  fieldConfig?: FieldConfigSource;
  transformations?: { id: string; disabled?: boolean; options: Options }[];
  links?: LinkJson[];
  transparent?: boolean;
  timeFrom?: string;
  interval?: string;
  maxDataPoints?: number;
  repeat?: string;
  repeatDirection?: 'h' | 'v';
  maxPerRow?: number;
  /** Of a row. */
  collapsed?: boolean;
  /** Of a collapsed row. */
  panels?: PanelJson[];
}

export interface VariableJson {
  name: string;
  type: string;
  label?: string;
  query?: string | { query?: string };
  regex?: string;
  sort?: number;
  hide?: number;
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string;
  current?: { value?: string | string[] };
}

export interface AnnotationJson {
  name: string;
  enable?: boolean;
  hide?: boolean;
  expr?: string;
  target?: { expr?: string };
  step?: string;
  iconColor?: string;
  /** The value is when it happened, in milliseconds, instead of the time of the sample. */
  useValueForTime?: boolean;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
}

export interface DashboardJson {
  uid: string;
  title: string;
  description?: string;
  timezone?: string;
  time?: { from: string; to: string };
  refresh?: string | false;
  graphTooltip?: number;
  panels?: PanelJson[];
  links?: LinkJson[];
  templating?: { list?: VariableJson[] };
  annotations?: { list?: AnnotationJson[] };
}
