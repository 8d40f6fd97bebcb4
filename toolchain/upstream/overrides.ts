import { readFileSync } from 'node:fs';
import { reasonOf } from '../../contracts/reason';
import { errors } from '../errors';

/** Texts by name, in groups. */
export interface Versions {
  readonly [name: string]: string | Versions;
}

/** Pins without their literal types. */
export type Overridden<T> = { readonly [K in keyof T]: T[K] extends string ? string : Overridden<T[K]> };

/**
 * Pins with others in their place: for whoever has published images or release pages copied, such as a company with a
 * registry of its own, or wants a newer patch release than this repository.
 * @param setting path of a JSON file of the pins' shape with what differs, or that JSON itself
 * @throws PreparationError badVersions
 */
export function overriddenBy<T extends Versions>(setting: string | undefined, pins: T): Overridden<T> {
  if (setting === undefined || setting === '') return pins as Overridden<T>;
  const name = isInline(setting) ? 'JSON' : setting;
  let document: unknown;
  try {
    document = JSON.parse(textOf(setting));
  } catch (error) {
    throw errors.badVersions(name, reasonOf(error), 'a JSON file that can be read, or JSON');
  }
  return replaced(pins, document, name, '') as Overridden<T>;
}

/** The same setting for another machine: the JSON itself. Undefined where nothing is overridden. */
export function versionsSetting(setting = process.env.UPSTREAM_VERSIONS): string | undefined {
  if (setting === undefined || setting === '') return undefined;
  return textOf(setting);
}

const isInline = (setting: string) => setting.trimStart().startsWith('{');

const textOf = (setting: string) => (isInline(setting) ? setting : readFileSync(setting, 'utf8'));

function replaced(pins: Versions, changes: unknown, name: string, path: string): Versions {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (typeof changes !== 'object' || changes === null || Array.isArray(changes))
    throw errors.badVersions(name, `${path || 'the document'}: ${JSON.stringify(changes)}`, 'an object');
  const result: Record<string, string | Versions> = { ...pins };
  for (const [key, value] of Object.entries(changes) as [string, unknown][]) {
    const pinned = Object.hasOwn(pins, key) ? pins[key] : undefined;
    if (pinned === undefined)
      throw errors.badVersions(name, `${at(key)}: unknown`, `one of ${Object.keys(pins).join(', ')}`);
    if (typeof pinned === 'object') result[key] = replaced(pinned, value, name, at(key));
    else if (typeof value === 'string' && value !== '') result[key] = value;
    else throw errors.badVersions(name, `${at(key)}: ${JSON.stringify(value)}`, `a text such as ${pinned}`);
  }
  return result;
}
