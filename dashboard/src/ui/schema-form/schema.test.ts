import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../../functions/management/openapi/document.ts';
import { routes } from '../../../../functions/management/routes.ts';
import { type Definitions, fieldsOf, resolve, type Schema, shapeOf, variantOf } from './schema.ts';

// The very document that the form is made from.
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
    ['retry_intervals', 'json', false],
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

  it('knows what is meant by nothing, and says `null` as what it is in a form', () => {
    expect(shape('CreateHttpDestination', 'enabled').byDefault).toBe(true);
    expect(shape('CreateHttpDestination', 'method').description).toBe('Empty: the method that the sender used.');
  });

  it('names every scheme of verification', () => {
    const { shape: verification } = shape('CreateSource', 'verification');
    const variants = verification.kind === 'variants' ? verification.variants : [];
    expect(variants.map(({ label }) => label)).toEqual(expect.arrayContaining(['stripe', 'github', 'hmac']));
  });

  it.each(createSchemas.map((schema) => [String(resolve(schema.properties?.type ?? {}, definitions).const), schema]))(
    'has a control for each field of the config of %s, and JSON for none',
    (_, schema) => {
      const config = fieldsOf(schema as Schema, definitions).find(({ name }) => name === 'config');
      const { shape: found } = shapeOf(config?.schema ?? {}, definitions);
      const fields = found.kind === 'fields' ? found.fields : [];
      const kinds = fields.map((field) => shapeOf(field.schema, definitions).shape.kind);
      expect(found.kind).toBe('fields');
      expect(kinds).not.toContain('json');
    },
  );
});
