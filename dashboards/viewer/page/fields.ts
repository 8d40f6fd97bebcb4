import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  type DataTransformerInfo,
  type FieldConfigSource,
  type GrafanaTheme2,
  Registry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import type { PanelJson } from './dashboard-json';
import { interpolate, type Scope } from './interpolate';
import { TRANSFORMATIONS } from './supported';

// @grafana/data leaves these registries empty; units, overrides and transformations would silently do nothing.

standardTransformersRegistry.setInit(() => {
  const known = new Map<string, DataTransformerInfo>(
    Object.values(standardTransformers).map((each) => [each.id, each as DataTransformerInfo]),
  );
  return TRANSFORMATIONS.map((id) => {
    const transformer = known.get(id);
    if (!transformer) throw new Error(`@grafana/data has no transformation ${id}: take it off supported.ts.`);
    return {
      id,
      name: transformer.name,
      transformation: () => Promise.resolve(transformer),
      editor: () => null,
      imageDark: '',
      imageLight: '',
    } as any;
  });
});

const property = (id: string, path: string, isCustom: boolean, process = (value: any) => value) => ({
  id,
  path,
  name: id,
  isCustom,
  process,
  shouldApply: () => true,
  override: () => null,
  editor: () => null,
  settings: {},
});

/** The lowest step is null in JSON: from minus infinity. */
function withBase(thresholds: any): any {
  if (!thresholds?.steps) return thresholds;
  const steps = thresholds.steps.map((step: any, index: number) => ({
    ...step,
    value: index === 0 || step.value == null ? -Infinity : step.value,
  }));
  return { ...thresholds, steps };
}

const STANDARD = [
  'unit',
  'min',
  'max',
  'decimals',
  'displayName',
  'noValue',
  'color',
  'thresholds',
  'mappings',
  'links',
  'filterable',
  'fieldMinMax',
  'description',
].map((id) => property(id, id, false, id === 'thresholds' ? withBase : undefined));
standardFieldConfigEditorRegistry.setInit(() => STANDARD as any);

// Defaults of Grafana's panels, which neither the JSON nor any package has.
const PALETTE_KINDS = new Set(['timeseries', 'graph', 'barchart']);
const THRESHOLDS = {
  mode: 'absolute',
  steps: [
    { value: null, color: 'green' },
    { value: 80, color: 'red' },
  ],
};
const LINES = {
  drawStyle: 'line',
  lineWidth: 1,
  fillOpacity: 0,
  pointSize: 5,
  showPoints: 'auto',
  spanNulls: false,
  axisPlacement: 'auto',
};
const CUSTOM: Record<string, object> = {
  timeseries: LINES,
  graph: LINES,
  barchart: { lineWidth: 1, fillOpacity: 80 },
  'state-timeline': { fillOpacity: 70 },
  'status-history': { fillOpacity: 70 },
  table: { cellOptions: { type: 'auto' }, align: 'auto' },
};

/** A panel's field configuration with Grafana's defaults. @param hidden series that the reader switched off */
export function fieldConfig(panel: PanelJson, hidden: readonly string[]): FieldConfigSource {
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const hide = {
    matcher: { id: 'byNames', options: { mode: 'include', names: hidden } },
    properties: [{ id: 'custom.hideFrom', value: { viz: true, legend: false, tooltip: true } }],
  };
  const mode = PALETTE_KINDS.has(panel.type) ? 'palette-classic' : 'thresholds';
  return {
    defaults: {
      ...defaults,
      color: defaults.color ?? ({ mode } as any),
      thresholds: withBase(defaults.thresholds ?? THRESHOLDS),
      custom: { ...CUSTOM[panel.type], ...(defaults.custom as object | undefined) },
    },
    overrides: [...overrides, ...(hidden.length > 0 ? [hide] : [])],
  };
}

/** Every `custom.*` in use must be registered, or it is dropped. */
function registryFor({ defaults, overrides }: FieldConfigSource): any {
  const custom = new Set(Object.keys((defaults.custom as object | undefined) ?? {}));
  for (const { properties } of overrides)
    for (const { id } of properties) if (id.startsWith('custom.')) custom.add(id.slice('custom.'.length));
  return new Registry(
    () => [...STANDARD, ...[...custom].map((name) => property(`custom.${name}`, name, true))] as any,
  );
}

export async function transform(panel: PanelJson, frames: DataFrame[], scope: Scope): Promise<DataFrame[]> {
  const wanted = (panel.transformations ?? []).filter(({ disabled }) => !disabled);
  if (wanted.length === 0) return frames;
  const unknown = wanted.filter(({ id }) => !standardTransformersRegistry.getIfExists(id));
  if (unknown.length > 0)
    throw new Error(`Transformation not supported here: ${unknown.map(({ id }) => id).join(', ')}`);
  return lastValueFrom(
    transformDataFrame(wanted, frames, { interpolate: (text: string) => interpolate(text, scope) }),
  );
}

export function applyFields(
  panel: PanelJson,
  frames: DataFrame[],
  hidden: readonly string[],
  theme: GrafanaTheme2,
  scope: Scope,
): DataFrame[] {
  const config = fieldConfig(panel, hidden);
  const applied = applyFieldOverrides({
    data: frames,
    fieldConfig: config,
    fieldConfigRegistry: registryFor(config),
    theme,
    timeZone: scope.timeZone,
    replaceVariables: (text, scopedVars, format) => interpolate(text, scope, scopedVars, format as any),
  });
  // Tables and tooltips only read the cached name.
  cacheFieldDisplayNames(applied);
  return applied;
}
