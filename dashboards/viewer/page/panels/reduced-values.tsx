import {
  type FieldDisplay,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
  VizOrientation,
} from '@grafana/data';
import { BarGauge, BigValue, DataLinksContextMenu, useTheme2, VizRepeater } from '@grafana/ui';
import type { ReactElement } from 'react';
import { fieldConfig } from '../fields';
import { interpolate } from '../interpolate';
import { GaugeArc } from './gauge-arc';
import type { PanelProps } from './panel-props';

/** Returns a getter for the value shown for each series: last, mean, … */
function useValues({ panel, frames, scope }: PanelProps, sparkline = false): () => FieldDisplay[] {
  const theme = useTheme2();
  const options = panel.options ?? {};
  return () =>
    getFieldDisplayValues({
      fieldConfig: fieldConfig(panel, []),
      reduceOptions: { calcs: ['lastNotNull'], values: false, ...options.reduceOptions },
      replaceVariables: (text, scopedVars, format) => interpolate(text, scope, scopedVars, format as any),
      theme,
      data: frames,
      sparkline,
      percentChange: Boolean(options.showPercentChange),
      timeZone: scope.timeZone,
    });
}

type OnClick = ((event: any) => void) | undefined;

function Linked({ value, children }: { value: FieldDisplay; children: (onClick?: OnClick) => ReactElement }) {
  if (!value.hasLinks || !value.getLinks) return children();
  return (
    <DataLinksContextMenu links={value.getLinks as any}>
      {({ openMenu }: { openMenu?: OnClick }) => children(openMenu)}
    </DataLinksContextMenu>
  );
}

export function StatPanel(props: PanelProps) {
  const { panel, frames, width, height } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const getValues = useValues(props, Boolean(options.graphMode) && options.graphMode !== 'none');
  return (
    <VizRepeater
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      width={width}
      height={height}
      source={frames}
      renderCounter={frames.length}
      autoGrid
      orientation={options.orientation ?? VizOrientation.Auto}
      renderValue={({ value, width: w, height: h, alignmentFactors, count }) => (
        <Linked value={value}>
          {(onClick) => (
            <BigValue
              value={value.display}
              count={count}
              sparkline={value.sparkline}
              colorMode={options.colorMode ?? 'value'}
              graphMode={options.graphMode ?? 'area'}
              justifyMode={options.justifyMode ?? 'auto'}
              textMode={options.textMode ?? 'auto'}
              alignmentFactors={alignmentFactors}
              text={options.text}
              width={w}
              height={h}
              theme={theme}
              onClick={onClick}
              hasLinks={value.hasLinks}
              percentChangeColorMode={options.percentChangeColorMode}
              disableWideLayout={options.wideLayout === false}
            />
          )}
        </Linked>
      )}
    />
  );
}

export function BarGaugePanel(props: PanelProps) {
  const { panel, frames, width, height } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const getValues = useValues(props);
  return (
    <VizRepeater
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      width={width}
      height={height}
      source={frames}
      renderCounter={frames.length}
      orientation={options.orientation ?? VizOrientation.Auto}
      itemSpacing={options.displayMode === 'lcd' ? 2 : 10}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
      renderValue={({ value, width: w, height: h, orientation, alignmentFactors }) => (
        <Linked value={value}>
          {(onClick) => (
            <BarGauge
              value={value.display}
              field={value.field}
              display={value.view?.getFieldDisplayProcessor(value.colIndex!)}
              width={w}
              height={h}
              orientation={orientation}
              theme={theme}
              text={options.text}
              displayMode={options.displayMode ?? 'gradient'}
              showUnfilled={options.showUnfilled ?? true}
              valueDisplayMode={options.valueMode}
              namePlacement={options.namePlacement}
              itemSpacing={2}
              lcdCellWidth={12}
              alignmentFactors={alignmentFactors}
              onClick={onClick}
            />
          )}
        </Linked>
      )}
    />
  );
}

export function GaugePanel(props: PanelProps) {
  const { panel, frames, width, height } = props;
  const theme = useTheme2();
  const options = panel.options ?? {};
  const values = useValues(props);
  // A single value takes the panel's title, unless the panel names it.
  const getValues = () => {
    const all = values();
    if (all.length !== 1 || panel.fieldConfig?.defaults.displayName) return all;
    return all.map((each) => ({ ...each, display: { ...each.display, title: undefined } }));
  };
  return (
    <VizRepeater
      getValues={getValues}
      width={width}
      height={height}
      source={frames}
      renderCounter={frames.length}
      autoGrid
      orientation={options.orientation ?? VizOrientation.Auto}
      renderValue={({ value, width: w, height: h }) => (
        <Linked value={value}>
          {(onClick) => (
            <GaugeArc
              value={value}
              width={w}
              height={h}
              theme={theme}
              markers={options.showThresholdMarkers !== false}
              onClick={onClick}
            />
          )}
        </Linked>
      )}
    />
  );
}
