/** A schema of JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An object all of whose properties are there. */
export function object(properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema {
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    required: Object.keys(properties),
    properties,
  };
}

export function array(items: JsonSchema, description?: string): JsonSchema {
  return { type: 'array', ...(description === undefined ? {} : { description }), items };
}

export function text(description?: string): JsonSchema {
  return { type: 'string', ...(description === undefined ? {} : { description }) };
}

/** One of the texts given. */
export function oneOfTexts(texts: readonly string[], description?: string): JsonSchema {
  return { ...text(description), enum: texts };
}

/** A schema that was added to the app under its name. */
export function named(name: string): JsonSchema {
  return { $ref: `${name}#` };
}
