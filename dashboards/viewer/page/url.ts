import { dateMath, dateTime, rangeUtil, type TimeRange } from '@grafana/data';

// Query parameters as in Grafana: from, to, refresh, var-NAME, viewPanel, theme, kiosk.

/** Called on every change of the address. */
export const URL_CHANGE = 'url-change';

export function parameters(): URLSearchParams {
  return new URLSearchParams(location.search);
}

export function setParameters(change: Record<string, string | string[] | undefined>): void {
  const next = parameters();
  for (const [name, value] of Object.entries(change)) {
    next.delete(name);
    for (const each of value === undefined ? [] : [value].flat()) next.append(name, each);
  }
  // With <base>, '?…' alone would lose the path.
  history.replaceState(null, '', `${location.pathname}?${next}`);
  dispatchEvent(new Event(URL_CHANGE));
}

/** Relative (`now-6h`), milliseconds, or a date. */
export function timeRange(from: string, to: string): TimeRange {
  const valid = (text: string, fallback: string) => {
    if (text.startsWith('now')) return dateMath.isValid(text) ? text : fallback;
    const at = /^\d+$/.test(text) ? dateTime(Number(text)) : dateTime(text);
    return at.isValid() ? at : fallback;
  };
  return rangeUtil.convertRawToRange({ from: valid(from, 'now-6h'), to: valid(to, 'now') });
}
