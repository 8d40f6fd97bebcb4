import {
  type AnnotationEvent,
  type DashboardCursorSync,
  getDefaultTimeRange,
  type GrafanaTheme2,
  rangeUtil,
} from '@grafana/data';
import { Alert, Icon, RefreshPicker, TimeRangePicker, ToolbarButton } from '@grafana/ui';
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react';
import type { AnnotationJson, DashboardJson } from './dashboard-json';
import { interpolate, type Scope, type Variables } from './interpolate';
import { layOut, sections } from './layout';
import { DashboardLinks, type Listed } from './links';
import { Panel } from './panel';
import { exprOf, loadAnnotations } from './prometheus/annotations';
import { StandIn } from './stand-in';
import { parameters, setParameters, timeRange, URL_CHANGE } from './url';
import { resolveVariables, VariableBar } from './variables';

interface Props {
  dashboard: DashboardJson;
  dashboards: Listed[];
  theme: GrafanaTheme2;
  onTheme: () => void;
}

interface Loaded {
  scope: Scope;
  events: AnnotationEvent[];
  errors: string[];
}

export function Dashboard({ dashboard, dashboards, theme, onTheme }: Props) {
  useAddress();
  const [raw, setRaw] = useState(() => ({
    from: parameters().get('from') ?? dashboard.time?.from ?? 'now-6h',
    to: parameters().get('to') ?? dashboard.time?.to ?? 'now',
  }));
  const [refresh, setRefresh] = useState(() => parameters().get('refresh') ?? (dashboard.refresh || ''));
  const [tick, nextTick] = useReducer((count: number) => count + 1, 0);
  const [muted, setMuted] = useState<string[]>([]);
  const [closed, setClosed] = useState<Record<string, boolean>>({});
  const timeZone = dashboard.timezone || 'browser';
  const data = useScope(dashboard, raw, timeZone, tick, muted);
  const [element, width] = useWidth();

  useEffect(() => {
    if (refresh === '' || refresh === 'off') return;
    const timer = setInterval(() => {
      if (!document.hidden) nextTick();
    }, rangeUtil.intervalToMs(refresh));
    return () => clearInterval(timer);
  }, [refresh]);

  const setRange = useCallback((from: unknown, to: unknown) => {
    const text = (at: any): string => (typeof at === 'string' ? at : String(at.valueOf()));
    const next = { from: text(from), to: text(to) };
    setParameters(next);
    setRaw(next);
  }, []);
  const zoom = useCallback(
    (from: number, to: number) => setRange(String(Math.round(from)), String(Math.round(to))),
    [setRange],
  );

  const variables = data?.scope.variables;
  const list = useMemo(
    () => (variables ? sections(dashboard, variables) : []),
    [dashboard, JSON.stringify(variables)],
  );
  const only = parameters().get('viewPanel');
  const { rows, panels, height } = layOut(
    list,
    width,
    ({ key, row }) => row !== undefined && (closed[key] ?? row.collapsed ?? false),
    only,
  );
  const range = data?.scope.range ?? getDefaultTimeRange();
  const from = range.from.valueOf();
  const to = range.to.valueOf();
  const half = (to - from) / 2;
  const annotations = dashboard.annotations?.list ?? [];
  return (
    <div className="page">
      {!parameters().has('kiosk') && (
        <header>
          <h1>
            <a href="./">Dashboards</a> / {dashboard.title}
          </h1>
          <StandIn />
          <div className="grow" />
          {data && (
            <DashboardLinks links={dashboard.links ?? []} dashboards={dashboards} scope={data.scope} />
          )}
          <TimeRangePicker
            value={range}
            timeZone={timeZone}
            onChange={(next) => setRange(next.raw.from, next.raw.to)}
            onChangeTimeZone={() => undefined}
            onMoveBackward={() => zoom(from - half, to - half)}
            onMoveForward={() => zoom(from + half, to + half)}
            onZoom={() => zoom(from - half, to + half)}
            isOnCanvas
          />
          <RefreshPicker
            value={refresh}
            onRefresh={nextTick}
            onIntervalChanged={(interval) => {
              setParameters({ refresh: interval || 'off' });
              setRefresh(interval);
            }}
            isOnCanvas
          />
          <ToolbarButton variant="canvas" onClick={onTheme}>
            {theme.isDark ? 'Light' : 'Dark'}
          </ToolbarButton>
        </header>
      )}
      <nav>
        {data && (
          <VariableBar
            list={dashboard.templating?.list ?? []}
            values={data.scope.variables}
            onChange={(name, value) => {
              setParameters({ [`var-${name}`]: value });
              nextTick();
            }}
          />
        )}
        <AnnotationSwitches list={annotations} muted={muted} onChange={setMuted} />
      </nav>
      {data?.errors.map((error) => (
        <Alert key={error} title={error} severity="warning" />
      ))}
      <div ref={element} className="grid" style={{ height }}>
        {rows.map(({ section, box, closed: isClosed }) => (
          <button
            key={section.key}
            type="button"
            className="row"
            style={box}
            aria-expanded={!isClosed}
            onClick={() => setClosed({ ...closed, [section.key]: !isClosed })}
          >
            <Icon name={isClosed ? 'angle-right' : 'angle-down'} />{' '}
            {interpolate(section.row?.title, { ...data!.scope, repeated: section.row?.repeated })}{' '}
            {isClosed && <small>({section.panels.length})</small>}
          </button>
        ))}
        {width > 0 &&
          data &&
          panels.map(({ panel, box }) => (
            <div key={panel.key} className="place" style={box}>
              <Panel
                panel={panel}
                width={box.width}
                height={box.height}
                scope={data.scope}
                theme={theme}
                annotations={data.events}
                sync={(dashboard.graphTooltip ?? 0) as DashboardCursorSync}
                onZoom={zoom}
              />
            </div>
          ))}
      </div>
    </div>
  );
}

/** Renders again when the address changes. */
function useAddress(): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    addEventListener(URL_CHANGE, draw);
    return () => removeEventListener(URL_CHANGE, draw);
  }, []);
}

function useWidth() {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setWidth(element.current!.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element.current!);
    measure();
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}

/** The variables' values and the current range; panels draw before annotations arrive. */
function useScope(
  dashboard: DashboardJson,
  raw: { from: string; to: string },
  timeZone: string,
  tick: number,
  muted: string[],
): Loaded | null {
  const [data, setData] = useState<Loaded | null>(null);
  const previous = useRef<Variables>({});
  useEffect(() => {
    let gone = false;
    const load = async () => {
      const range = timeRange(raw.from, raw.to);
      const { variables, errors } = await resolveVariables(dashboard, range, timeZone, previous.current);
      if (gone) return;
      previous.current = variables;
      const scope = { variables, range, timeZone };
      setData((last) => ({ scope, events: last?.events ?? [], errors }));
      const wanted = (dashboard.annotations?.list ?? []).filter(({ name }) => !muted.includes(name));
      const found = await loadAnnotations(wanted, scope);
      if (!gone) setData({ scope, events: found.events, errors: [...errors, ...found.errors] });
    };
    void load();
    return () => {
      gone = true;
    };
  }, [dashboard, raw, tick, muted]);
  return data;
}

function AnnotationSwitches(props: {
  list: AnnotationJson[];
  muted: string[];
  onChange: (muted: string[]) => void;
}) {
  const { list, muted, onChange } = props;
  return list
    .filter((each) => !each.hide && exprOf(each))
    .map(({ name }) => (
      <label key={name} className="variable">
        <input
          type="checkbox"
          checked={!muted.includes(name)}
          onChange={({ currentTarget }) =>
            onChange(currentTarget.checked ? muted.filter((each) => each !== name) : [...muted, name])
          }
        />
        <span>{name}</span>
      </label>
    ));
}
