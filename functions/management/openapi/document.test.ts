import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { errorKinds } from '../../../core/api-error.ts';
import packageJson from '../../../package.json' with { type: 'json' };
import { defineRoute } from '../http/route.ts';
import { routes } from '../http/routes.ts';
import { openApiDocument } from './document.ts';
import { resolve } from './references.ts';
import { methods, type Operation } from './types.ts';

const document = openApiDocument(routes, 'https://hooks.example.com');
const operations: readonly Operation[] = Object.values(document.paths).flatMap((item) =>
  methods.flatMap((method) => item[method] ?? []),
);
const each = operations.map((operation) => ({ id: operation.operationId, operation }));

/** Every object in the document, with its path. */
function* within(value: unknown, path = ''): Generator<[path: string, object]> {
  if (typeof value !== 'object' || value === null) return;
  yield [path, value];
  for (const [key, inner] of Object.entries(value)) yield* within(inner, `${path}/${key}`);
}

describe('the document', () => {
  it('the document is OpenAPI 3.1 by the official schema', async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(JSON.stringify(document)))).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('the document names version and licence of the package, and where it is served', () => {
    expect(document.info).toMatchObject({ version: packageJson.version, license: { identifier: packageJson.license } });
    expect(document.servers).toEqual([{ url: 'https://hooks.example.com' }]);
  });

  it('every reference resolves', () => {
    for (const [, value] of within(document))
      if ('$ref' in value) expect(resolve(document, value)).toBeTypeOf('object');
  });

  it('every value has a type', () => {
    const schemaPlace = /\/(schema|items|additionalProperties|(properties|schemas)\/[^/]+|anyOf\/\d+)$/;
    const places = [...within(document)].filter(([path]) => schemaPlace.test(path) && !/\/examples?\//.test(path));
    expect(places.length).toBeGreaterThan(300);
    const says = ['type', '$ref', 'anyOf', 'oneOf', 'const', 'enum', 'contentMediaType'];
    const silent = places.filter(([, schema]) => !says.some((keyword) => keyword in schema));
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('every error code is documented', () => {
    expect(document.components.schemas.Error?.properties?.code).toMatchObject({ enum: Object.keys(errorKinds) });
  });

  it('every tag and every component is used', () => {
    expect(new Set(operations.flatMap(({ tags }) => tags))).toEqual(new Set(document.tags.map(({ name }) => name)));
    const text = JSON.stringify(document);
    for (const kind of ['schemas', 'responses', 'parameters'] as const) {
      for (const name of Object.keys(document.components[kind]))
        expect(text).toContain(`"#/components/${kind}/${name}"`);
    }
  });

  it('operation ids are unique', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
  });
});

describe('an operation', () => {
  it.each(each)('$id has summary, security, errors, and examples of all input and output', ({ operation }) => {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(operation.security).toBeInstanceOf(Array);
    const parameters = operation.parameters.map((parameter) => resolve(document, parameter));
    for (const { name, example } of parameters) expect([name, example]).not.toContain(undefined);
    const [status = '', ...errors] = Object.keys(operation.responses);
    expect(errors).toEqual(expect.arrayContaining(['429', '500', '502', '504']));
    const contents = [operation.requestBody ?? { content: {} }, resolve(document, operation.responses[status] ?? {})];
    for (const { content } of contents as { content: object }[]) {
      for (const media of Object.values(content)) expect(media.example).toBeDefined();
    }
  });

  it.each(each.filter(({ operation }) => 'x-required-scope' in operation))('$id states its scope', ({ operation }) => {
    expect(operation.description).toContain(operation['x-required-scope'] === 'root' ? 'root key' : 'scope');
  });
});

describe('a route that lacks something for the document', () => {
  const route = (response: z.ZodType, body?: z.ZodType) =>
    defineRoute({
      method: 'POST',
      path: '/v1/sources',
      summary: 'Make something',
      access: 'write',
      status: 201,
      response,
      ...(body && { body }),
      handle: async () => ({}),
    });
  const build =
    (...parts: Parameters<typeof route>) =>
    () =>
      openApiDocument([route(...parts)], '');

  it('a response field without an example is reported', () => {
    expect(build(z.object({ colour: z.string() }).meta({ id: 'Paint' }))).toThrow(
      'Paint.colour has no example for the reference: add .meta({ examples: [ … ] }) to its zod schema',
    );
  });

  it('a body without required fields and without an example is reported', () => {
    const answer = z.object({ success: z.literal(true) });
    expect(build(answer, z.strictObject({ colour: z.string().optional() }))).toThrow(
      'createSource body has no example',
    );
  });

  it('a schema name that is already taken is reported', () => {
    const one = z.object({ success: z.literal(true).meta({ id: 'Same' }) });
    const other = z.strictObject({ colour: z.literal('red').meta({ id: 'Same' }) });
    expect(build(one, other)).toThrow('two schemas are named Same');
  });
});
