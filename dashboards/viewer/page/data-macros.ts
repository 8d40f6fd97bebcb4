import {
  type DataFrame,
  type Field,
  formattedValueToString,
  getFieldDisplayName,
  getFieldDisplayValuesProxy,
} from '@grafana/data';

interface Context {
  frame?: DataFrame;
  field?: Field;
  data?: DataFrame[];
  rowIndex?: number;
  calculatedValue?: any;
}

/** ${__field.…}, ${__series.…}, ${__value.…} and ${__data.fields.…}, for the value behind a link or name. */
export function dataMacro(name: string, path: string, context: Context | undefined): string | undefined {
  const { frame, field, rowIndex: row } = context ?? {};
  if (!frame || !field) return undefined;
  const keys = path
    .replace(/\["?([^\]"]+)"?\]/g, '.$1')
    .split('.')
    .filter(Boolean);
  if (name === '__series') return frame.name ?? getFieldDisplayName(field, frame, context?.data);
  if (name === '__field') {
    return keys[0] === 'labels' ? labels(field, keys[1]) : getFieldDisplayName(field, frame, context?.data);
  }
  if (name === '__value') return valueMacro(keys, frame, field, context!);
  if (name === '__data' && keys[0] === 'fields' && row != null) {
    const value = (getFieldDisplayValuesProxy({ frame, rowIndex: row } as any) as any)[keys[1]];
    if (!value) return '';
    if (keys[2] === 'numeric') return String(value.numeric);
    return keys[2] === 'text' ? value.text : formattedValueToString(value);
  }
  return undefined;
}

function labels(field: Field, name: string | undefined): string {
  if (name) return field.labels?.[name] ?? '';
  return Object.entries(field.labels ?? {})
    .map(([key, value]) => `${key}="${value}"`)
    .join(', ');
}

function valueMacro(keys: string[], frame: DataFrame, field: Field, context: Context): string {
  const { rowIndex: row, calculatedValue } = context;
  if (keys[0] === 'time') {
    const time = frame.fields.find(({ type }) => type === 'time');
    return row != null && time ? String(time.values[row]) : '';
  }
  const shown = calculatedValue ?? (row != null ? field.display?.(field.values[row]) : undefined);
  if (keys[0] === 'raw') return String(row != null ? field.values[row] : (shown?.numeric ?? ''));
  if (keys[0] === 'numeric') return String(shown?.numeric ?? '');
  return shown ? formattedValueToString(shown) : '';
}
