import { describe, expect, it } from 'vitest';
import { routes } from '../../../../functions/management/http/routes.ts';
import { openApiDocument } from '../../../../functions/management/openapi/document.ts';
import { type Definitions, fieldsOf, type NamedField, resolve, type Schema, type Shape, shapeOf } from './schema.ts';
import { variantOf } from './variants.ts';

// The same document from which the form is made.
const { components } = openApiDocument(routes, 'https://hooks.example.com');
const definitions = JSON.parse(JSON.stringify(components?.schemas)) as Definitions;
const request = (name: string): Schema => {
  const found = definitions[name];
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const shape = (name: string, field: string) => {
  const found = fieldsOf(request(name), definitions).find((each) => each.name === field);
  if (!found) throw new Error(`${name} has no ${field}`);
  return shapeOf(found.schema, definitions);
};
const createSchemas = (request('CreateDestination').oneOf ?? []).map((each) => resolve(each, definitions));

describe("the form built from the API's schemas", () => {
  it.each([
    ['name', 'text', false],
    ['description', 'text', true],
    ['timeout_seconds', 'number', false],
    ['enabled', 'boolean', false],
    ['retry_backoff_type', 'choice', false],
    ['method', 'choice', true],
    ['headers', 'record', false],
    ['circuit_breaker', 'fields', false],
    ['rate_limit', 'fields', true],
    ['auth', 'variants', true],
    ['signing', 'variants', false],
    ['retry_intervals', 'variants', false],
    ['ordering', 'variants', false],
    ['retry_on', 'list', true],
  ])('the field %s of an HTTP destination is a %s', (field, kind, isNullable) => {
    const { shape: found, isNullable: mayBeNull } = shape('CreateHttpDestination', field);
    expect([found.kind, mayBeNull]).toEqual([kind, isNullable]);
  });

  it('variants of auth are labelled by their discriminating fields, including nested ones', () => {
    const { shape: auth } = shape('CreateHttpDestination', 'auth');
    const variants = auth.kind === 'variants' ? auth.variants : [];
    expect(variants.map(({ label }) => label)).toEqual([
      'bearer',
      'basic',
      'api key, header',
      'api key, query',
      'oauth2',
    ]);
    expect(variantOf(variants, { type: 'api_key', in: 'query', name: 'key', value: 'x' })).toBe(3);
    expect(variantOf(variants, null)).toBe(-1);
  });

  it('a variant is labelled by its required fields, not its optional ones', () => {
    const { shape: auth } = shape('CreatePubsubDestination', 'auth');
    const variants = auth.kind === 'variants' ? auth.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(['gcp service account']);
  });

  it('defaults are known, and descriptions say what an empty field means instead of `null`', () => {
    expect(shape('CreateHttpDestination', 'enabled').byDefault).toBe(true);
    expect(shape('CreateHttpDestination', 'method').description).toBe('None: the method that the sender used.');
    expect(shape('CreateHttpDestination', 'retry_on').description).toContain('Empty: all are tried again.');
  });

  it('every verification scheme is a variant', () => {
    const { shape: verification } = shape('CreateSource', 'verification');
    const variants = verification.kind === 'variants' ? verification.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(expect.arrayContaining(['stripe', 'github', 'hmac']));
  });

  it('retry intervals are a list of numbers, a preset, or growth parameters', () => {
    const { shape: intervals } = shape('CreateHttpDestination', 'retry_intervals');
    const variants = intervals.kind === 'variants' ? intervals.variants : [];
    expect(variants.map(({ kind, label }) => [kind, label])).toEqual([
      ['list', 'a list'],
      ['word', 'default'],
      ['word', 'fast'],
      ['object', 'initial delay, max delay, multiplier'],
    ]);
    expect(variants[0]).toMatchObject({
      list: { of: 'number', entries: { minimum: 1, maximum: 10 }, each: { minimum: 1, maximum: 604_800 } },
    });
  });

  it('the nested choice of ordering is flattened into one', () => {
    const { shape: ordering } = shape('CreateHttpDestination', 'ordering');
    const variants = ordering.kind === 'variants' ? ordering.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(['none', 'fifo', 'fifo by header', 'fifo by body']);
    expect(variantOf(variants, { fifo_by: { body: 'customer.id' } })).toBe(3);
  });

  it('the bounds of a number are known', () => {
    expect(shape('CreateHttpDestination', 'timeout_seconds').shape).toEqual({
      kind: 'number',
      isWhole: true,
      minimum: 1,
      maximum: 60,
    });
  });

  it.each([
    ...createSchemas.map((schema) => [String(resolve(schema.properties?.type ?? {}, definitions).const), schema]),
    ['a source', request('CreateSource')],
  ])('every field of %s has a control other than JSON', (_, schema) => {
    expect(jsonOf(fieldsOf(schema as Schema, definitions), [])).toEqual([]);
  });

  it('a field whose schema is open is edited as JSON', () => {
    expect(shape('CreateConnection', 'filter').shape.kind).toBe('json');
  });
});

/** The paths of all fields that are typed as JSON, at any depth. */
function jsonOf(fields: readonly NamedField[], path: readonly string[]): string[] {
  return fields.flatMap(({ name, schema }) => jsonIn(shapeOf(schema, definitions).shape, [...path, name]));
}

function jsonIn(found: Shape, path: readonly string[]): string[] {
  if (found.kind === 'json') return [path.join('.')];
  if (found.kind === 'fields') return jsonOf(found.fields, path);
  if (found.kind !== 'variants') return [];
  return found.variants.flatMap((variant) =>
    variant.kind === 'object' ? jsonOf(variant.fields, [...path, variant.label]) : [],
  );
}
