import {
  type AnnotationEvent,
  type DataFrame,
  type DashboardCursorSync,
  EventBusSrv,
  FieldType,
  type GrafanaTheme2,
  LoadingState,
} from '@grafana/data';
import { Menu, PanelChrome, PanelContextProvider, SeriesVisibilityChangeMode } from '@grafana/ui';
import { memo, useRef, useState } from 'react';
import { interpolate, type Scope } from './interpolate';
import type { PlacedPanel } from './layout';
import { Boundary, Message } from './message';
import { type PanelData, useNear, usePanelData } from './panel-data';
import { PANELS } from './panels';
import { TextPanel } from './panels/text';
import type { PanelKind } from './supported';
import { parameters, setParameters } from './url';

const eventBus = new EventBusSrv();

interface Props {
  panel: PlacedPanel;
  width: number;
  height: number;
  scope: Scope;
  theme: GrafanaTheme2;
  annotations: AnnotationEvent[];
  sync: DashboardCursorSync;
  onZoom: (from: number, to: number) => void;
}

export const Panel = memo(function Panel(props: Props) {
  const { panel, width, height, scope, theme, sync } = props;
  const element = useRef<HTMLDivElement>(null);
  const near = useNear(element);
  const [hidden, setHidden] = useState<string[]>([]);
  const data = usePanelData(panel, scope, width, near, hidden, theme);
  const { state, frames, error, local } = data;
  const title = interpolate(panel.title, local);

  const toggle = (label: string | string[] | null, mode: SeriesVisibilityChangeMode) => {
    if (typeof label !== 'string') return;
    const names = frames.flatMap(({ fields }) =>
      fields
        .filter(({ type }) => type !== 'time')
        .map(({ name, config, state: field }) => field?.displayName ?? config.displayNameFromDS ?? name),
    );
    const shown = names.filter((name) => !hidden.includes(name));
    if (mode === SeriesVisibilityChangeMode.AppendToSelection)
      setHidden(hidden.includes(label) ? hidden.filter((name) => name !== label) : [...hidden, label]);
    else if (shown.length === 1 && shown[0] === label) setHidden([]);
    else setHidden(names.filter((name) => name !== label));
  };

  return (
    <div ref={element} data-panel={title} data-kind={panel.type} style={{ height: '100%' }}>
      <PanelContextProvider
        value={{
          eventsScope: 'dashboard',
          eventBus,
          sync: () => sync,
          onToggleSeriesVisibility: toggle,
          app: 'panel-viewer' as any,
        }}
      >
        <PanelChrome
          title={title}
          description={panel.description ? () => interpolate(panel.description, local) : undefined}
          width={width}
          height={height}
          displayMode={panel.transparent ? 'transparent' : 'default'}
          padding={panel.type === 'stat' && height < 100 ? 'none' : 'md'}
          loadingState={state === LoadingState.Loading ? state : undefined}
          statusMessage={error}
          {...(title ? { menu: () => <PanelMenu panel={panel} scope={local} /> } : { hoverHeader: true })}
        >
          {(innerWidth, innerHeight) => (
            <Boundary attempt={frames}>
              <Body {...props} data={data} width={innerWidth} height={innerHeight} />
            </Boundary>
          )}
        </PanelChrome>
      </PanelContextProvider>
    </div>
  );
});

/** Lines of nothing but gaps are no data either. */
function hasValues({ length, fields }: DataFrame): boolean {
  const numbers = fields.filter(({ type }) => type === FieldType.number);
  if (numbers.length === 0) return length > 0;
  return numbers.some(({ values }) => values.some((value) => value !== null));
}

function Body({ data, ...props }: Props & { data: PanelData }) {
  const { panel, width, height } = props;
  const { state, frames, raw, error, scope, local } = data;
  const revision = useRevision(JSON.stringify(frames.map(({ fields }) => fields.map(({ name }) => name))));
  if (!(panel.type in PANELS))
    return <Message state="unsupported">Panels of kind “{panel.type}” are not supported here</Message>;
  if (panel.type === 'text') {
    return (
      <div data-state="drawn">
        <TextPanel panel={panel} scope={local} height={height} />
      </div>
    );
  }
  if (state === LoadingState.Error) return <Message state="failed">{error}</Message>;
  if (!raw || !scope) return null;
  if (!frames.some(hasValues))
    return <Message state="empty">{panel.fieldConfig?.defaults.noValue ?? 'No data'}</Message>;
  const Drawing = PANELS[panel.type as PanelKind];
  return (
    <div data-state="drawn">
      <Drawing
        panel={panel}
        frames={frames}
        width={width}
        height={height}
        range={scope.range}
        scope={scope}
        structureRev={revision}
        annotations={props.annotations}
        sync={props.sync}
        onZoom={props.onZoom}
      />
    </div>
  );
}

/** A number that increases with every change of a text. */
function useRevision(text: string): number {
  const last = useRef({ text, revision: 0 });
  if (last.current.text !== text) last.current = { text, revision: last.current.revision + 1 };
  return last.current.revision;
}

function PanelMenu({ panel, scope }: { panel: PlacedPanel; scope: Scope }) {
  const alone = parameters().has('viewPanel');
  return (
    <Menu>
      <Menu.Item
        label={alone ? 'Exit view' : 'View'}
        icon="eye"
        onClick={() => setParameters({ viewPanel: alone ? undefined : panel.key })}
      />
      {(panel.links ?? []).map(({ title, url, targetBlank }) => (
        <Menu.Item
          key={title}
          label={interpolate(title, scope)}
          icon="external-link-alt"
          url={interpolate(url, scope, undefined, 'uriencode')}
          target={targetBlank ? '_blank' : undefined}
        />
      ))}
    </Menu>
  );
}
