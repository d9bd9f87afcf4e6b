/** JSON Schema as the API's own description uses it: see `/v1/openapi.json`. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
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
}

export type Definitions = Readonly<Record<string, Schema>>;

/** What a person is asked for. */
export type Shape =
  | { readonly kind: 'text'; readonly maxLength: number | undefined }
  | { readonly kind: 'number' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }
  /** Names and values, both the user's own. */
  | { readonly kind: 'record' }
  | { readonly kind: 'fields'; readonly fields: readonly NamedField[] }
  /** One of several forms of the same thing, which a constant in each tells apart. */
  | { readonly kind: 'variants'; readonly variants: readonly Variant[] }
  /** What is too rare for a control of its own is written as it is sent; a word may go without its quotation marks. */
  | { readonly kind: 'json'; readonly takesText: boolean };

export interface NamedField {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

interface Variant {
  readonly label: string;
  /** What tells it from the others, by name. */
  readonly constants: Readonly<Record<string, unknown>>;
  readonly fields: readonly NamedField[];
}

export interface FieldShape {
  readonly shape: Shape;
  /** Whether it may be `null`. */
  readonly isNullable: boolean;
  /** In words for a form, in which nothing can be typed but nothing: an empty field is `null`. */
  readonly description: string | undefined;
  readonly example: unknown;
  /** What the API takes it for where it is not given; `undefined` where its description does not tell. */
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
  return {
    shape: innerShape(inner, definitions),
    isNullable,
    description: (schema.description ?? inner.description)?.replace(/`null`:/g, 'Empty:').replaceAll('`', ''),
    example: schema.examples?.[0] ?? inner.examples?.[0] ?? schema.default ?? undefined,
    byDefault: schema.default,
  };
}

function innerShape(schema: Schema, definitions: Definitions): Shape {
  const { type, properties, additionalProperties } = schema;
  if (schema.oneOf) return variantsOf(schema.oneOf, definitions);
  if (schema.enum) return { kind: 'choice', values: schema.enum };
  if (type === 'string') return { kind: 'text', maxLength: schema.maxLength };
  if (type === 'integer' || type === 'number') return { kind: 'number' };
  if (type === 'boolean') return { kind: 'boolean' };
  if (properties) return { kind: 'fields', fields: fieldsOf(schema, definitions) };
  if (type === 'object' && typeof additionalProperties === 'object' && additionalProperties.type === 'string') {
    return { kind: 'record' };
  }
  // A name of the user's own, or one of those that are proposed.
  const isText = (option: Schema) => resolve(option, definitions).type === 'string';
  if (schema.anyOf?.every(isText)) return { kind: 'text', maxLength: undefined };
  return { kind: 'json', takesText: schema.anyOf?.some(isText) ?? false };
}

export function fieldsOf(schema: Schema, definitions: Definitions): NamedField[] {
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => resolve(property, definitions).const === undefined)
    .map(([name, property]) => ({ name, schema: property, isRequired: schema.required?.includes(name) ?? false }));
}

function variantsOf(oneOf: readonly Schema[], definitions: Definitions): Shape {
  const all = oneOf.map((option) => resolve(option, definitions)).flatMap((option) => option.oneOf ?? [option]);
  const variants = all.map((each): Variant => {
    const option = resolve(each, definitions);
    const constants = Object.fromEntries(
      Object.entries(option.properties ?? {}).flatMap(([name, property]) => {
        const { const: constant } = resolve(property, definitions);
        return constant === undefined ? [] : [[name, constant]];
      }),
    );
    const label = Object.values(constants).join(', ').replaceAll('_', ' ');
    return { label, constants, fields: fieldsOf(option, definitions) };
  });
  return variants.every(({ label }) => label !== '')
    ? { kind: 'variants', variants }
    : { kind: 'json', takesText: false };
}

/** Which variant a value is; −1 for none. */
export function variantOf(variants: readonly Variant[], value: unknown): number {
  if (typeof value !== 'object' || value === null) return -1;
  const fields = value as Readonly<Record<string, unknown>>;
  return variants.findIndex(({ constants }) =>
    Object.entries(constants).every(([name, constant]) => fields[name] === constant),
  );
}
