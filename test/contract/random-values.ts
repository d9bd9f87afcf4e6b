import fc from 'fast-check';
import type { JsonSchema } from '../../functions/management/openapi/types.ts';

/** Random values for as much of JSON Schema as the document uses. */

type Json = unknown;
type Follow = (schema: JsonSchema) => JsonSchema;

/**
 * A value that the schema allows, often one of its examples, which mean something.
 * @throws Error for a schema that it can't read
 */
export function valueFor(reference: JsonSchema, follow: Follow): fc.Arbitrary<Json> {
  const schema = follow(reference);
  const { examples = [], const: constant, enum: values } = schema;
  if (constant !== undefined) return fc.constant(constant);
  if (values) return fc.constantFrom(...values);
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter((option) => typeof option === 'object');
  const any =
    options.length > 0 ? fc.oneof(...options.map((option) => valueFor(option, follow))) : ofType(schema, follow);
  return examples.length > 0 ? fc.oneof(fc.constantFrom(...examples), any) : any;
}

function ofType(schema: JsonSchema, follow: Follow): fc.Arbitrary<Json> {
  const types = [schema.type ?? []].flat();
  const kinds = types.map((type): fc.Arbitrary<Json> => {
    if (type === 'null') return fc.constant(null);
    if (type === 'boolean') return fc.boolean();
    if (type === 'integer') return fc.integer({ min: schema.minimum ?? -1_000_000, max: schema.maximum ?? 1_000_000 });
    if (type === 'number') {
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true });
    }
    if (type === 'string') return text(schema);
    if (type === 'array') return list(schema, follow);
    if (type === 'object') return object(schema, follow);
    throw new Error(`values of the type ${type} are not made yet: ${JSON.stringify(schema)}`);
  });
  if (kinds.length === 0) throw new Error(`nothing tells what may be here: ${JSON.stringify(schema)}`);
  return fc.oneof(...kinds);
}

function text({ format, pattern, minLength = 0, maxLength = 300 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') return time;
  if (format === 'uri') return fc.webUrl();
  if (pattern !== undefined) {
    return fc
      .stringMatching(new RegExp(pattern))
      .filter((value) => value.length >= minLength && value.length <= maxLength);
  }
  return fc.oneof(
    fc.string({ unit: 'grapheme', minLength, maxLength }),
    fc.string({ unit: 'grapheme-ascii', minLength: Math.max(minLength, maxLength - 2), maxLength }),
  );
}

/** With any offset. In UTC, the first two are beyond the years of four digits. */
const time = fc.oneof(
  fc.constantFrom('0000-01-01T00:00:00+14:00', '9999-12-31T23:59:59-12:00'),
  fc
    .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
    .chain((date) => fc.constantFrom('Z', '+05:30', '-12:00').map((offset) => date.toISOString().replace('Z', offset))),
);

function list({ items, minItems = 0, maxItems = 12 }: JsonSchema, follow: Follow): fc.Arbitrary<Json> {
  if (typeof items !== 'object' || Array.isArray(items)) throw new Error('a list without a schema of its items');
  return fc.array(valueFor(items, follow), { minLength: minItems, maxLength: maxItems });
}

function object(schema: JsonSchema, follow: Follow): fc.Arbitrary<Json> {
  const { properties = {}, required = [], additionalProperties, minProperties = 0 } = schema;
  const fields = Object.entries(properties).flatMap(([name, property]) =>
    typeof property === 'object' ? [[name, valueFor(property, follow)] as const] : [],
  );
  const known = fc.record(Object.fromEntries(fields), { requiredKeys: required });
  const enough = known.filter((value) => Object.keys(value).length >= minProperties);
  if (typeof additionalProperties !== 'object') return enough;
  const name = fc.oneof(fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,20}$/), fc.string(), fc.constant('__proto__'));
  return fc.dictionary(name, valueFor(additionalProperties, follow), { maxKeys: 5 });
}

/** A body as it is sent, and how it was made. */
export interface Spoilt {
  readonly how: string;
  /** As JSON text, which can be stranger than any object. */
  readonly text: string;
}

const wrongValues: readonly Json[] = [null, true, 0, -1, 1.5, 1e300, '', 'x', [], {}, [[]], { a: { b: {} } }];
const wrong = fc.oneof(
  fc.constantFrom(...wrongValues),
  fc.jsonValue(),
  fc.constant('\ud800'),
  fc.constant('x'.repeat(200_000)),
  fc.constant('\u0000'),
);
const NESTED = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

/** Values just outside what the schema allows. */
export function beside(reference: JsonSchema, follow: Follow): Json[] {
  const schema = follow(reference);
  const { minimum, maximum, minLength = 0, maxLength, minItems = 0, maxItems, items } = schema;
  const options = (schema.anyOf ?? []).flatMap((option) => (typeof option === 'object' ? beside(option, follow) : []));
  const inner = typeof items === 'object' && !Array.isArray(items) ? beside(items, follow).map((item) => [item]) : [];
  return [
    ...options,
    ...inner,
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(maximum === undefined || schema.type !== 'integer' ? [] : [maximum - 0.5]),
    ...(minLength === 0 ? [] : ['x'.repeat(minLength - 1)]),
    ...(maxLength === undefined ? [] : ['x'.repeat(maxLength + 1)]),
    ...(minItems === 0 ? [] : [[]]),
    ...(maxItems === undefined ? [] : [Array.from({ length: maxItems + 1 }, () => 1)]),
    ...(schema.enum ? ['another'] : []),
  ];
}

/** A valid body that something has happened to. */
export function spoilt(body: object): fc.Arbitrary<Spoilt> {
  const names = Object.keys(body);
  const whole = JSON.stringify(body);
  const withField = (name: string, value: string) =>
    whole === '{}' ? `{${JSON.stringify(name)}:${value}}` : `${whole.slice(0, -1)},${JSON.stringify(name)}:${value}}`;
  const without = (name: string) =>
    JSON.stringify(Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)));
  const replaced = (name: string, value: Json) => JSON.stringify({ ...body, [name]: value });
  const strange = fc.constantFrom('__proto__', 'constructor', 'toString', 'id', 'organization_id', '', 'ü', '\ud800');
  const always = [
    fc
      .tuple(strange, wrong)
      .map(([name, value]) => ({ how: 'a field more', text: withField(name, JSON.stringify(value)) })),
    fc.constantFrom('name', 'headers', 'x').map((name) => ({ how: 'deeply nested', text: withField(name, NESTED) })),
    fc.nat(whole.length).map((end) => ({ how: 'cut off', text: whole.slice(0, end) })),
    fc.string({ unit: 'binary' }).map((text) => ({ how: 'no JSON', text })),
    fc.jsonValue().map((value) => ({ how: 'other JSON', text: JSON.stringify(value) })),
  ];
  if (names.length === 0) return fc.oneof(...always);
  const name = fc.constantFrom(...names);
  return fc.oneof(
    name.map((gone) => ({ how: 'a field less', text: without(gone) })),
    fc.tuple(name, wrong).map(([field, value]) => ({ how: 'another value', text: replaced(field, value) })),
    fc.tuple(name, wrong).map(([field, value]) => ({ how: 'twice', text: withField(field, JSON.stringify(value)) })),
    ...always,
  );
}
