/** One metric family as Prometheus reads it. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Value by the labels of the series, `name{…}` for those of a histogram. */
  readonly values: ReadonlyMap<string, number>;
}

/** Families by name. @throws where a line is not of the text format, or a series is there twice */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; values: Map<string, number> }>();
  let name = '';
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    const sample = /^([a-z_]+)(\{.*\}) (\S+)$/.exec(line);
    if (comment) {
      const [, what, of = '', rest = ''] = comment;
      name = of;
      const family = families.get(name) ?? { type: '', help: '', values: new Map<string, number>() };
      families.set(name, what === 'HELP' ? { ...family, help: rest } : { ...family, type: rest });
    } else if (sample) {
      const [, series = '', labels = '', value = ''] = sample;
      const { values } = families.get(name) ?? { values: new Map<string, number>() };
      const key = series === name ? labels : `${series.slice(name.length)}${labels}`;
      if (!series.startsWith(name) || values.has(key) || !Number.isFinite(Number(value)))
        throw new Error(`cannot be read: ${line}`);
      values.set(key, Number(value));
    } else if (line !== '') throw new Error(`cannot be read: ${line}`);
  }
  return families;
}
