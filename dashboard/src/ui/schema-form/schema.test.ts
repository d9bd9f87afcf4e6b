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

describe('a form by the description of the API', () => {
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
  ])('asks for %s of an HTTP destination by %s', (field, kind, isNullable) => {
    const { shape: found, isNullable: mayBeNull } = shape('CreateHttpDestination', field);
    expect([found.kind, mayBeNull]).toEqual([kind, isNullable]);
  });

  it('knows the kinds of auth by what tells them apart, also those within each other', () => {
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

  it('calls a form by what must be given to be it, not by what may', () => {
    const { shape: auth } = shape('CreatePubsubDestination', 'auth');
    const variants = auth.kind === 'variants' ? auth.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(['gcp service account']);
  });

  it('knows what is meant by nothing, and says `null` as what it is in a form', () => {
    expect(shape('CreateHttpDestination', 'enabled').byDefault).toBe(true);
    expect(shape('CreateHttpDestination', 'method').description).toBe('None: the method that the sender used.');
    expect(shape('CreateHttpDestination', 'retry_on').description).toContain('Empty: all are tried again.');
  });

  it('names every scheme of verification', () => {
    const { shape: verification } = shape('CreateSource', 'verification');
    const variants = verification.kind === 'variants' ? verification.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(expect.arrayContaining(['stripe', 'github', 'hmac']));
  });

  it('takes retry intervals as a list of numbers, by a name, or by what they grow from', () => {
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

  it('asks once by what events are ordered, though the API has a choice within a choice', () => {
    const { shape: ordering } = shape('CreateHttpDestination', 'ordering');
    const variants = ordering.kind === 'variants' ? ordering.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(['none', 'fifo', 'fifo by header', 'fifo by body']);
    expect(variantOf(variants, { fifo_by: { body: 'customer.id' } })).toBe(3);
  });

  it('knows the bounds of a number', () => {
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
  ])('has a control for each field of %s, and JSON for none', (_, schema) => {
    expect(jsonOf(fieldsOf(schema as Schema, definitions), [])).toEqual([]);
  });

  it('leaves JSON to what the API leaves open', () => {
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
