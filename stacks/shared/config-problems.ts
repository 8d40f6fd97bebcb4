import type { DefinedError, ErrorObject } from 'ajv';
import { closest } from './did-you-mean';
import type { Problem } from './errors';

/**
 * Turns schema validation errors into actionable problems.
 * @param schema where a reader finds what the file may hold
 */
export function explain(
  file: string,
  errors: readonly ErrorObject[],
  schema = 'stacks/shared/platform.schema.json',
): Problem[] {
  // `if` and `propertyNames` only repeat a more precise error.
  const findings = errors.filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames');
  return findings.map((error) => ({ file, ...explainOne(error as DefinedError, schema) }));
}

function explainOne(error: DefinedError, schema: string): Omit<Problem, 'file'> {
  const path = dotted(error.instancePath);
  const got: unknown = error.data;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, error.params.additionalProperty, error.parentSchema);
    case 'required':
      return missingKey(join(path, error.params.missingProperty));
    case 'enum':
      return oneOf(path, got, error.params.allowedValues as string[]);
    case 'pattern':
      return error.propertyName === undefined
        ? {
            path,
            what: 'has the wrong format',
            got,
            expected: `${describe(error.parentSchema, schema)} (${error.params.pattern})`,
            fix: `correct ${path}`,
          }
        : {
            path: join(path, error.propertyName),
            what: 'is not a valid name',
            got: error.propertyName,
            expected: 'lower-case letters, digits and dashes, at most 40, starting with a letter',
            fix: 'rename it; the name becomes part of Kubernetes names',
          };
    case 'type':
      return {
        path,
        what: 'has the wrong type',
        got,
        expected: `${error.params.type}: ${describe(error.parentSchema, schema)}`,
        fix:
          error.params.type === 'string' && typeof got === 'number'
            ? `put it in quotes: "${got}"`
            : `give ${path === '' ? 'the file' : path} a value of type ${error.params.type}`,
      };
    case 'false schema':
      return {
        path,
        what: 'is not allowed here',
        got,
        expected: 'this key only with cluster.type: existing',
        fix: `remove ${path}, or set cluster.type: existing`,
      };
    default:
      return {
        path,
        what: 'is out of range',
        got,
        expected: error.message ?? error.keyword,
        fix: `correct ${path}`,
      };
  }
}

function unknownKey(path: string, key: string, schema: unknown): Omit<Problem, 'file'> {
  const known = Object.keys((schema as { properties?: object }).properties ?? {});
  const suggestion = closest(key, known);
  return {
    path: join(path, key),
    what: 'is not a known key',
    got: key,
    expected: `one of ${known.join(', ')}`,
    fix: suggestion === undefined ? 'remove it' : `did you mean ${join(path, suggestion)}?`,
  };
}

function missingKey(path: string): Omit<Problem, 'file'> {
  return { path, what: 'is missing', expected: 'a value', fix: `add ${path}` };
}

function oneOf(path: string, got: unknown, allowed: readonly string[]): Omit<Problem, 'file'> {
  const suggestion = typeof got === 'string' ? closest(got, allowed) : undefined;
  return {
    path,
    what: 'has an unknown value',
    got,
    expected: `one of ${allowed.join(', ')}`,
    fix: suggestion === undefined ? `set ${path} to one of them` : `did you mean ${suggestion}?`,
  };
}

function describe(part: unknown, schema: string): string {
  return (part as { description?: string }).description ?? `see ${schema}`;
}

function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
