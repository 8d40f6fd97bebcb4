import type { DashboardJson, PanelJson } from './dashboard-json';
import type { Variables } from './interpolate';

/** A placed panel, once for each value it is repeated for. */
export interface PlacedPanel extends PanelJson {
  key: string;
  repeated?: Record<string, string>;
}

/** A row with its panels; without a row, the panels above the first one. */
export interface Section {
  key: string;
  row?: PanelJson & { repeated?: Record<string, string> };
  panels: PlacedPanel[];
}

const COLUMNS = 24;

export function sections(dashboard: DashboardJson, variables: Variables): Section[] {
  const plain: { row?: PanelJson; panels: PanelJson[] }[] = [{ panels: [] }];
  for (const panel of dashboard.panels ?? []) {
    if (panel.type === 'row') plain.push({ row: panel, panels: [...(panel.panels ?? [])] });
    else plain[plain.length - 1].panels.push(panel);
  }
  const valuesOf = (name: string): string[] => {
    const variable = variables[name];
    if (!variable) return [];
    return variable.all ? variable.options : [variable.value].flat();
  };
  return plain
    .filter(({ row, panels }) => row || panels.length > 0)
    .flatMap(({ row, panels }, index): Section[] => {
      if (!row?.repeat) {
        const key = row ? `${index}-${row.title}` : 'top';
        return [{ key, row, panels: repeatPanels(panels, key, undefined, valuesOf) }];
      }
      const { repeat } = row;
      return valuesOf(repeat).map((value) => {
        const repeated = { [repeat]: value };
        const key = `${index}-${row.title}-${value}`;
        return { key, row: { ...row, repeated }, panels: repeatPanels(panels, key, repeated, valuesOf) };
      });
    });
}

/** Repeated panels push down what follows. */
function repeatPanels(
  panels: PanelJson[],
  section: string,
  repeated: Record<string, string> | undefined,
  valuesOf: (name: string) => string[],
): PlacedPanel[] {
  const placed: PlacedPanel[] = [];
  let shift = 0;
  const ordered = [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  ordered.forEach((panel, index) => {
    const key = `${section}-${panel.id ?? index}`;
    const at = { ...panel.gridPos, y: panel.gridPos.y + shift };
    if (!panel.repeat) {
      placed.push({ ...panel, key, repeated, gridPos: at });
      return;
    }
    const values = valuesOf(panel.repeat);
    const down = panel.repeatDirection === 'v';
    const across = down ? 1 : Math.min(values.length, panel.maxPerRow ?? 4) || 1;
    const w = down ? at.w : COLUMNS / across;
    values.forEach((value, i) => {
      placed.push({
        ...panel,
        key: `${key}-${value}`,
        repeated: { ...repeated, [panel.repeat!]: value },
        gridPos: { x: down ? at.x : (i % across) * w, y: at.y + Math.floor(i / across) * at.h, w, h: at.h },
      });
    });
    shift += (Math.ceil(values.length / across) - 1) * at.h;
  });
  return placed;
}

const ROW_PX = 30;
const GAP_PX = 8;

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Layout {
  rows: { section: Section; box: Box; closed: boolean }[];
  panels: { panel: PlacedPanel; box: Box }[];
  height: number;
}

/** Boxes in pixels. A closed row hides its panels; `only` shows one panel alone. */
export function layOut(
  list: Section[],
  width: number,
  isClosed: (section: Section) => boolean,
  only: string | null,
): Layout {
  const cell = (width - GAP_PX * (COLUMNS - 1)) / COLUMNS;
  const layout: Layout = { rows: [], panels: [], height: 0 };
  if (only !== null) {
    const panel = list
      .flatMap(({ panels }) => panels)
      .find(({ id, key }) => key === only || String(id) === only);
    const box = { left: 0, top: 0, width, height: Math.max(300, innerHeight - 160) };
    if (panel) layout.panels.push({ panel, box });
    return { ...layout, height: box.height };
  }
  for (const section of list) {
    const closed = isClosed(section);
    if (section.row) {
      layout.rows.push({ section, closed, box: { left: 0, top: layout.height, width, height: ROW_PX } });
      layout.height += ROW_PX + GAP_PX;
    }
    if (closed || section.panels.length === 0) continue;
    const first = Math.min(...section.panels.map(({ gridPos }) => gridPos.y));
    let bottom = 0;
    for (const panel of section.panels) {
      const { x, y, w, h } = panel.gridPos;
      const top = (y - first) * (ROW_PX + GAP_PX);
      const height = h * ROW_PX + (h - 1) * GAP_PX;
      bottom = Math.max(bottom, top + height);
      layout.panels.push({
        panel,
        box: {
          left: x * (cell + GAP_PX),
          top: layout.height + top,
          width: w * cell + (w - 1) * GAP_PX,
          height,
        },
      });
    }
    layout.height += bottom + GAP_PX;
  }
  return layout;
}
