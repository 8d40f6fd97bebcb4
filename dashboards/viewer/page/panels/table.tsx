import { getFrameDisplayName } from '@grafana/data';
import { Select } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { useState } from 'react';
import type { PanelProps } from './panel-props';

const SELECT_HEIGHT = 48;

/** `TableNG` is marked unstable in @grafana/ui: check a screenshot after each upgrade. */
export function TablePanel({ panel, frames, width, height, range, structureRev }: PanelProps) {
  const options = panel.options ?? {};
  const [chosen, choose] = useState<number>(options.frameIndex ?? 0);
  const many = frames.length > 1;
  return (
    <>
      <TableNG
        data={frames[Math.min(chosen, frames.length - 1)]}
        width={width}
        height={height - (many ? SELECT_HEIGHT : 0)}
        noHeader={options.showHeader === false}
        sortBy={options.sortBy}
        sortByBehavior="initial"
        enablePagination={options.enablePagination ?? options.footer?.enablePagination}
        cellHeight={options.cellHeight}
        fieldConfig={panel.fieldConfig!}
        timeRange={range}
        structureRev={structureRev}
        resizable
        showTypeIcons={options.showTypeIcons}
      />
      {many && (
        <Select
          options={frames.map((frame, value) => ({ value, label: getFrameDisplayName(frame, value) }))}
          value={chosen}
          onChange={({ value }) => choose(value!)}
        />
      )}
    </>
  );
}
