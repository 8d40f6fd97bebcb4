import {
  getFieldDisplayItems,
  getFieldDisplayLinks,
  TimeSeries,
  TooltipPlugin2,
  useTheme2,
  VizTooltipContent,
  VizTooltipFooter,
  VizTooltipHeader,
  VizTooltipWrapper,
} from '@grafana/ui';
import { SortOrder, TooltipDisplayMode } from '@grafana/schema';
import { AnnotationLayer } from './annotation-layer';
import { LEGEND, type PanelProps, timeText } from './panel-props';

/** `TimeSeries` is marked deprecated in @grafana/ui but complete: check a screenshot after each upgrade. */
export function TimeSeriesPanel(props: PanelProps) {
  const { panel, frames, width, height, range, scope, annotations, sync, onZoom } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const mode: TooltipDisplayMode = options.tooltip?.mode ?? TooltipDisplayMode.Single;
  return (
    <TimeSeries
      frames={frames}
      width={width}
      height={height}
      timeRange={range}
      timeZone={scope.timeZone}
      legend={{ ...LEGEND, ...options.legend }}
      options={options}
    >
      {(config, aligned) => (
        <>
          {mode !== TooltipDisplayMode.None && (
            <TooltipPlugin2
              config={config}
              hoverMode={mode === TooltipDisplayMode.Multi ? 1 : 0}
              syncMode={sync}
              syncScope="dashboard"
              queryZoom={({ from, to }) => onZoom(from, to)}
              getDataLinks={(series, index) =>
                index == null ? [] : getFieldDisplayLinks(aligned.fields[series], index)
              }
              render={(_plot, indices, series, pinned, _dismiss, _range, viaSync, links) => {
                const [time] = aligned.fields;
                const at = indices.find((index, field) => field > 0 && index != null) ?? indices[0] ?? 0;
                return (
                  <VizTooltipWrapper>
                    <VizTooltipHeader
                      isPinned={pinned}
                      item={{ label: '', value: timeText(time.values[at], scope.timeZone) }}
                    />
                    <VizTooltipContent
                      isPinned={pinned}
                      items={getFieldDisplayItems(
                        aligned.fields,
                        time,
                        indices,
                        series,
                        viaSync ? TooltipDisplayMode.Multi : mode,
                        options.tooltip?.sort ?? SortOrder.None,
                      )}
                    />
                    {links.length > 0 && <VizTooltipFooter dataLinks={links} />}
                  </VizTooltipWrapper>
                );
              }}
            />
          )}
          <AnnotationLayer config={config} events={annotations} theme={theme} timeZone={scope.timeZone} />
        </>
      )}
    </TimeSeries>
  );
}
