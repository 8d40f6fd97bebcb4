/** A schema of JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** An object whose properties are all required. */
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

/** A reference to a schema that was added to the app. */
export function named(name: string): JsonSchema {
  return { $ref: `${name}#` };
}
