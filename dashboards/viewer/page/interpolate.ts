import { type ScopedVars, type TimeRange } from '@grafana/data';
import { dataMacro } from './data-macros';

export interface VariableValue {
  value: string | string[];
  text: string;
  multi: boolean;
  /** What "All" stands for, if not every option. */
  allValue?: string;
  all?: boolean;
  options: string[];
}

export type Variables = Record<string, VariableValue>;

/** Scope in which a dashboard's texts and queries are interpolated. */
export interface Scope {
  variables: Variables;
  range: TimeRange;
  timeZone: string;
  builtins?: Record<string, string>;
  /** Values of a repeated panel. */
  repeated?: Record<string, string>;
}

type Value = string | string[];
export type Format = string | ((value: Value, variable: { multi?: boolean }) => string) | undefined;

// $name, ${name.path:format}, [[name:format]]
const REFERENCE = /\$\{([\w]+)((?:\.[^:}]+|\[[^\]]+\])*)(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g;

const list = (value: Value) => (Array.isArray(value) ? value : [value]);
const escapeRegex = (text: string) => text.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&');
const escapeString = (text: string) => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"');

/** For a PromQL string: a single value as is, several as alternatives of a regular expression. */
export function promFormat(value: Value, { multi }: { multi?: boolean }): string {
  if (multi !== true && !Array.isArray(value)) return escapeString(value);
  const all = list(value).map((each) => escapeString(escapeRegex(each)));
  return all.length === 1 ? all[0] : `(${all.join('|')})`;
}

function format(
  name: string,
  value: Value,
  how: Format,
  variable: { multi?: boolean },
  text: string,
): string {
  if (typeof how === 'function') return how(value, variable);
  const all = list(value);
  switch (how) {
    case 'regex':
      return all.length === 1 ? escapeRegex(all[0]) : `(${all.map(escapeRegex).join('|')})`;
    case 'pipe':
      return all.join('|');
    case 'html':
      return all.join(', ').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
    case 'csv':
    case 'raw':
      return all.join(',');
    case 'json':
      return JSON.stringify(value);
    case 'text':
      return text;
    case 'queryparam':
      return all.map((each) => `var-${name}=${encodeURIComponent(each)}`).join('&');
    case 'percentencode':
    case 'uriencode':
      return encodeURIComponent(all.length === 1 ? all[0] : `{${all.join(',')}}`);
    case 'singlequote':
      return all.map((each) => `'${each}'`).join(',');
    case 'doublequote':
      return all.map((each) => `"${each}"`).join(',');
    default:
      return all.length === 1 ? all[0] : `{${all.join(',')}}`;
  }
}

function builtinsOf({ range, timeZone, builtins }: Scope): Record<string, string> {
  const from = range.from.valueOf();
  const to = range.to.valueOf();
  const seconds = Math.round((to - from) / 1000);
  return {
    __from: String(from),
    __to: String(to),
    __range_ms: String(to - from),
    __range_s: String(seconds),
    __range: `${seconds}s`,
    timezone: timeZone,
    __timezone: timeZone,
    ...builtins,
  };
}

/** Replaces variables and macros in a text by their values; unknown names stay. */
export function interpolate(
  text: string | undefined,
  scope: Scope,
  scopedVars?: ScopedVars,
  wanted?: Format,
): string {
  if (!text) return '';
  const builtins = builtinsOf(scope);
  return text.replace(REFERENCE, (whole, braced, path, format1, bracketed, format2, bare) => {
    const name: string = braced ?? bracketed ?? bare;
    const how: Format = format1 ?? format2 ?? wanted;
    if (name === '__url_time_range') return `from=${builtins.__from}&to=${builtins.__to}`;
    if (name === '__all_variables') return allVariables(scope.variables);
    if ((name === '__from' || name === '__to') && format1?.startsWith('date')) {
      const date = new Date(Number(builtins[name]));
      return format1 === 'date:seconds' ? String(Math.floor(date.valueOf() / 1000)) : date.toISOString();
    }
    const scoped = name === '__dataContext' ? undefined : scopedVars?.[name];
    if (scoped) return format(name, String(scoped.value), how, {}, String(scoped.text ?? scoped.value));
    const macro = dataMacro(name, path ?? '', scopedVars?.__dataContext?.value);
    if (macro !== undefined) return format(name, macro, format1 ?? wanted, {}, macro);
    const repeated = scope.repeated?.[name];
    if (repeated !== undefined) return format(name, repeated, how, {}, repeated);
    if (name in builtins) return builtins[name];
    const variable = scope.variables[name];
    if (!variable) return whole;
    if (variable.all && how === 'queryparam') return `var-${name}=$__all`;
    if (variable.all && variable.allValue) return variable.allValue;
    return format(name, variable.all ? variable.options : variable.value, how, variable, variable.text);
  });
}

function allVariables(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, each]) => format(name, each.all ? '$__all' : each.value, 'queryparam', each, each.text))
    .join('&');
}
