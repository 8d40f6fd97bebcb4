import type { CategoryFeature, Feature, NumberFeature } from '../model/features';
import type { InputSpec } from '../model/metadata';
import { boundsOf, isWhole } from '../tensors/bounds';
import { DATATYPES } from '../tensors/datatype';
import type { Datatype } from '../tensors/datatype';
import type { JsonSchema } from './json-schema';

/** A feature in a record: a category is its text. */
export function recordValue(feature: Feature, datatype: Datatype): JsonSchema {
  return feature.type === 'category' ? categoryText(feature) : numberValue(feature, datatype);
}

/** A feature in a tensor's JSON data: a category is its number. */
export function elementValue(feature: Feature, datatype: Datatype): JsonSchema {
  if (feature.type === 'number') return numberValue(feature, datatype);
  return datatype === 'BYTES' ? categoryText(feature) : categoryNumber(feature, datatype);
}

/** All JSON types in the input's columns. */
export function elementTypes({ features, datatype }: InputSpec): readonly string[] {
  const types = features.map((feature) => elementValue(feature, datatype).type as string | readonly string[]);
  return [...new Set(types.flat())];
}

function categoryText(feature: CategoryFeature): JsonSchema {
  const { categories, nullable } = feature;
  return {
    ...annotation(feature),
    type: orNull(['string'], nullable),
    enum: nullable ? [...categories, null] : categories,
  };
}

function categoryNumber(feature: CategoryFeature, datatype: Datatype): JsonSchema {
  const { categories, nullable } = feature;
  const numbers = categories.map((category, index) => `${index} = ${JSON.stringify(category)}`).join(', ');
  return {
    ...annotation(feature, numbers),
    type: orNull(integerTypes(datatype), nullable),
    minimum: 0,
    maximum: Math.min(categories.length - 1, DATATYPES[datatype].max),
  };
}

function numberValue(feature: NumberFeature, datatype: Datatype): JsonSchema {
  const { min: least, max: most } = DATATYPES[datatype];
  const { min, max } = boundsOf(feature, datatype);
  return {
    ...annotation(feature),
    type: orNull(isWhole(feature, datatype) ? integerTypes(datatype) : ['number'], feature.nullable),
    ...bound('minimum', Math.max(min, least)),
    ...bound('maximum', Math.min(max, most)),
  };
}

function integerTypes(datatype: Datatype): readonly string[] {
  return DATATYPES[datatype].kind === 'boolean' ? ['boolean', 'integer'] : ['integer'];
}

function orNull(types: readonly string[], nullable: boolean): string | readonly string[] {
  const all = nullable ? [...types, 'null'] : types;
  const [only] = all;
  return all.length === 1 && only !== undefined ? only : all;
}

function bound(key: 'minimum' | 'maximum', value: number): JsonSchema {
  return Number.isFinite(value) ? { [key]: value } : {};
}

function annotation({ name, description }: Feature, more?: string): JsonSchema {
  const parts = [description, more].filter((part) => part !== undefined);
  return { title: name, ...(parts.length === 0 ? {} : { description: parts.join(' ') }) };
}
