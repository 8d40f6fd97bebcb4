import { StartError, reasonText, show } from '../errors';

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads typed values from a JSON object and tracks the path for errors. */
export class MetadataReader {
  private constructor(
    private readonly value: JsonObject,
    private readonly path: string,
  ) {}

  static parse(text: string): MetadataReader {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw invalid('the file', reasonText(error), 'JSON');
    }
    if (!isObject(value)) throw invalid('the file', show(value), 'an object');
    return new MetadataReader(value, '');
  }

  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  keys(): string[] {
    return Object.keys(this.value);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.value, key);
  }

  object(key: string): MetadataReader {
    const value = this.get(key);
    if (!isObject(value)) throw this.invalid(key, show(value), 'an object');
    return new MetadataReader(value, this.at(key));
  }

  array(key: string): readonly unknown[] {
    const value = this.get(key);
    if (!Array.isArray(value)) throw this.invalid(key, show(value), 'an array');
    return value;
  }

  objects(key: string): MetadataReader[] {
    return this.array(key).map((value, index) => {
      const path = `${this.at(key)}[${index}]`;
      if (!isObject(value)) throw invalid(path, show(value), 'an object');
      return new MetadataReader(value, path);
    });
  }

  string(key: string, pattern = /./, expected = 'a text'): string {
    const value = this.get(key);
    if (typeof value !== 'string' || !pattern.test(value)) throw this.invalid(key, show(value), expected);
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.get(key) ?? fallback;
    if (typeof value !== 'boolean') throw this.invalid(key, show(value), 'true or false');
    return value;
  }

  integer(key: string): number {
    const value = this.get(key);
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw this.invalid(key, show(value), 'a whole number, 0 or more');
    return value as number;
  }

  number(key: string, min: number, max: number): number {
    const value = this.get(key);
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw this.invalid(key, show(value), `a number from ${min} to ${max}`);
    return value;
  }

  /** A finite number, or the fallback where the key is null or absent. */
  bound(key: string, fallback: number): number {
    const value = this.get(key);
    if (value === undefined || value === null) return fallback;
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw this.invalid(key, show(value), 'a number or null');
    return value;
  }

  invalid(key: string, got: string, expected: string): StartError {
    return invalid(this.at(key), got, expected);
  }

  private get(key: string): unknown {
    return this.has(key) ? this.value[key] : undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(path: string, got: string, expected: string): StartError {
  return new StartError('metadata-invalid', {
    what: `model.json: ${path} is not valid`,
    got,
    expected,
    fix: 'Package the model again; model.json is written by the pipeline, not by hand.',
  });
}
