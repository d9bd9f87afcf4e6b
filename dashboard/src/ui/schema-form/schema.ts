import { wordsOf } from './label.ts';
import type { Variant } from './variants.ts';

/** JSON Schema as the API's own description uses it: see `/v1/openapi.json`. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly deprecated?: boolean;
  readonly enum?: readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export type Definitions = Readonly<Record<string, Schema>>;

export interface Bounds {
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
}

/** Entries of one kind without white space or commas, so that they can be typed on one line. */
export interface ListShape {
  readonly of: 'number' | 'text';
  readonly entries: Bounds;
  readonly each: Bounds;
}

/** The kind of input that a person gives. */
export type Shape =
  | { readonly kind: 'text'; readonly maxLength: number | undefined }
  | ({ readonly kind: 'number'; readonly isWhole: boolean } & Bounds)
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  | ({ readonly kind: 'list' } & ListShape)
  /** Names and values, both chosen by the user. */
  | { readonly kind: 'record' }
  | { readonly kind: 'fields'; readonly fields: readonly NamedField[] }
  | { readonly kind: 'variants'; readonly variants: readonly Variant[] }
  /** Anything that the API leaves open is typed as JSON. */
  | { readonly kind: 'json' };

export interface NamedField {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

export interface FieldShape {
  readonly shape: Shape;
  /** Whether it may be `null`. */
  readonly isNullable: boolean;
  /** Worded for a form, where an empty field, or choosing none, means `null`. */
  readonly description: string | undefined;
  readonly example: unknown;
  /** The value that the API uses if it is not given; `undefined` if the description does not say. */
  readonly byDefault: unknown;
}

export function resolve(schema: Schema, definitions: Definitions): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...own } = schema;
  const found = definitions[$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`the API's description has no ${$ref}`);
  return { ...resolve(found, definitions), ...own };
}

export function shapeOf(given: Schema, definitions: Definitions): FieldShape {
  const schema = resolve(given, definitions);
  const options = (schema.anyOf ?? []).map((option) => resolve(option, definitions));
  const isNullable = options.some(({ type }) => type === 'null');
  const others = options.filter(({ type }) => type !== 'null');
  const [only] = others;
  const inner = isNullable && only && others.length === 1 ? resolve(only, definitions) : schema;
  const shape = innerShape(inner, definitions);
  const nothing = isChosen(shape) ? 'None:' : 'Empty:';
  return {
    shape,
    isNullable,
    description: describeReason(schema.description ?? inner.description, nothing),
    example: schema.examples?.[0] ?? inner.examples?.[0] ?? schema.default ?? undefined,
    byDefault: schema.default,
  };
}

/** `; else `INVALID_URL`` tells programs which code they get. A form shows the error at its field instead. */
function describeReason(description: string | undefined, nothing: string): string | undefined {
  return description
    ?.replaceAll(/[,;] else `[A-Z_]+`/g, '')
    .replaceAll('`null`:', nothing)
    .replaceAll('`', '');
}

function isChosen({ kind }: Shape): boolean {
  return kind === 'choice' || kind === 'variants' || kind === 'fields';
}

function innerShape(schema: Schema, definitions: Definitions): Shape {
  const { type, properties, additionalProperties, minimum, maximum } = schema;
  if (schema.oneOf) return variantsOf(schema.oneOf, definitions);
  if (schema.enum) return { kind: 'choice', values: schema.enum };
  if (type === 'string') return { kind: 'text', maxLength: schema.maxLength };
  if (isNumber(schema)) return { kind: 'number', isWhole: type === 'integer', minimum, maximum };
  if (type === 'boolean') return { kind: 'boolean' };
  if (properties) return { kind: 'fields', fields: fieldsOf(schema, definitions) };
  if (type === 'object' && typeof additionalProperties === 'object' && additionalProperties.type === 'string') {
    return { kind: 'record' };
  }
  const list = listOf(schema, definitions);
  if (list) return { kind: 'list', ...list };
  const options = (schema.anyOf ?? []).filter((option) => resolve(option, definitions).type !== 'null');
  if (options.length === 0) return { kind: 'json' };
  // The user's own text, or one of the suggested names.
  const isText = (option: Schema) => resolve(option, definitions).type === 'string';
  return options.every(isText) ? { kind: 'text', maxLength: undefined } : variantsOf(options, definitions);
}

function isNumber({ type }: Schema): boolean {
  return type === 'integer' || type === 'number';
}

function listOf({ type, items, minItems, maxItems }: Schema, definitions: Definitions): ListShape | undefined {
  if (type !== 'array' || !items) return undefined;
  const item = resolve(items, definitions);
  if (!isNumber(item) && item.type !== 'string') return undefined;
  return {
    of: isNumber(item) ? 'number' : 'text',
    entries: { minimum: minItems, maximum: maxItems },
    each: { minimum: item.minimum, maximum: item.maximum },
  };
}

/** The fields that are worth asking for: not those that have only one value, or none, or are not used. */
export function fieldsOf(schema: Schema, definitions: Definitions): NamedField[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => {
      const { const: constant, type, deprecated } = resolve(property, definitions);
      return constant === undefined && type !== 'null' && !deprecated;
    })
    .map(([name, property]) => ({ name, schema: property, isRequired: schema.required?.includes(name) ?? false }));
}

function variantsOf(options: readonly Schema[], definitions: Definitions): Shape {
  const variants = options.flatMap((option) => variantsOfOption(resolve(option, definitions), definitions));
  return variants.every((variant) => variant !== undefined) ? { kind: 'variants', variants } : { kind: 'json' };
}

/** `undefined` for a variant that has no control. */
function variantsOfOption(option: Schema, definitions: Definitions): (Variant | undefined)[] {
  if (option.oneOf) return option.oneOf.flatMap((each) => variantsOfOption(resolve(each, definitions), definitions));
  if (option.enum) return option.enum.map((value) => ({ kind: 'word', label: value, value }));
  const list = listOf(option, definitions);
  if (list) return [{ kind: 'list', label: 'a list', list }];
  const fields = fieldsOf(option, definitions);
  const constants = constantsOf(option, definitions);
  const told = Object.values(constants).join(', ').replaceAll('_', ' ');
  if (told !== '') return [{ kind: 'object', label: told, constants, fields, within: undefined }];
  const [only, ...others] = fields;
  if (only === undefined) return [undefined];
  const inner = shapeOf(only.schema, definitions).shape;
  if (others.length === 0 && inner.kind === 'variants') {
    return inner.variants.map((variant) => variantWithin(only.name, variant));
  }
  const label = fields.map(({ name }) => wordsOf(name)).join(', ');
  return [{ kind: 'object', label, constants, fields, within: undefined }];
}

/** Merges nested variants, so that users need not choose twice for one value. */
function variantWithin(name: string, variant: Variant): Variant | undefined {
  if (variant.kind !== 'object' || variant.within !== undefined) return undefined;
  return { ...variant, label: `${wordsOf(name)} ${variant.label}`, within: name };
}

/** Required properties with a constant value. Optional ones distinguish nothing. */
function constantsOf(option: Schema, definitions: Definitions): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(option.properties ?? {}).flatMap(([name, property]) => {
      const { const: constant } = resolve(property, definitions);
      return constant === undefined || !option.required?.includes(name) ? [] : [[name, constant]];
    }),
  );
}
