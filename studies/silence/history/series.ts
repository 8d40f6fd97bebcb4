import { closeSync, openSync, writeSync } from 'node:fs';

/** One series of the history; its samples are computed when they are written. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds between two samples. */
  readonly step: number;
  /** Targets are not scraped all at once: seconds after the full step. */
  readonly offset: number;
  /** Exists from then on, and no longer at `to`. Seconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** NaN: no sample. */
  readonly value: (at: number) => number;
}

/** Time between two samples of what counts requests, and of what says how the platform is. */
export const SHORT_STEP = 60;
export const LONG_STEP = 120;
/** Of bins and references, nine of ten series. Below the five minutes for which Prometheus sees a sample. */
export const BIN_STEP = 240;

/** A value that never changes. */
export function constant(value: number): () => number {
  return () => value;
}

function prefixOf({ name, labels }: Pick<Series, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

const FLUSH_CHARACTERS = 1 << 20;

/**
 * Writes the samples of [from, to) as OpenMetrics text.
 * @returns how many there are
 */
export function writeOpenMetrics(
  file: string,
  series: readonly Series[],
  from: number,
  to: number,
  isScraped: (at: number) => boolean,
): number {
  const descriptor = openSync(file, 'w');
  let samples = 0;
  let text = '';
  try {
    for (const each of series) {
      const start = Math.max(from, each.from);
      const end = Math.min(to, each.to);
      const prefix = prefixOf(each);
      const first = Math.ceil((start - each.offset) / each.step) * each.step + each.offset;
      for (let at = first; at < end; at += each.step) {
        const value = each.value(at);
        if (Number.isNaN(value) || !isScraped(at)) continue;
        text += `${prefix} ${value} ${at}\n`;
        samples += 1;
      }
      if (text.length > FLUSH_CHARACTERS) {
        writeSync(descriptor, text);
        text = '';
      }
    }
    writeSync(descriptor, `${text}# EOF\n`);
  } finally {
    closeSync(descriptor);
  }
  return samples;
}
