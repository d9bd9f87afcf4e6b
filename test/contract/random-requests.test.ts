import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Parameter } from '../../functions/management/openapi/types.ts';
import { type CallOptions, ROOT_KEY } from '../../functions/management/testing/gateway.fixture.ts';
import type { DocumentedOperation } from './api-document.ts';
import { check, RandomCalls, TIMEOUT_MS } from './random-calls.ts';
import { beside, valueFor } from './random-values.ts';

/** Whatever the headers, query and path, no operation answers 5xx or anything else that the document does not promise. */

const calls = await RandomCalls.start();
afterAll(() => calls.close());
const { world } = calls;
const { document } = world;
const all = document.operations;
const follow = document.schema.bind(document);

describe('headers', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', ' ', 'x'.repeat(10_000)));
  const key = fc.oneof(fc.constant(ROOT_KEY), text);
  const header = (...values: fc.Arbitrary<string>[]) => fc.oneof(...values, text, fc.array(text, { maxLength: 3 }));
  const headers = fc.record(
    {
      Authorization: header(
        key.map((value) => `Bearer ${value}`),
        key.map((value) => `bearer  ${value}`),
        key.map((value) => `Basic ${value}`),
      ),
      'X-API-Key': header(key),
      Cookie: header(
        key.map((value) => `__Host-hawser_session=${value}; a=b`),
        fc.constant('__Host-hawser_session'),
      ),
      'Sec-Fetch-Site': header(fc.constantFrom('same-origin', 'none')),
      Origin: header(fc.constantFrom('null', 'https://hooks.example.com')),
      'Content-Type': header(fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'multipart/form-data')),
      'Idempotency-Key': header(fc.uuid(), fc.constant('x'.repeat(256))),
      'X-Hawser-Organization': header(fc.constantFrom('default', '__proto__', 'org_00000000000070008000000000000000')),
    },
    { requiredKeys: [] },
  );

  it.each(all)(
    '$id answers as documented to any headers',
    async (operation) => {
      const tenant = await calls.tenantFor(operation);
      const { body } = operation;
      const example = body && { body: tenant.translate(body.example as object) };
      await check(headers, (sent) => calls.expectPromised(operation, tenant, { ...example, headers: sent }));
    },
    TIMEOUT_MS,
  );
});

describe('a query', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '0', '101', '1e1', ' 5', 'null', 'x'.repeat(10_000), '\ud800', '9999-12-31T23:59:59-12:00'),
    fc.constantFrom('0000-01-01T00:00:00Z', '2026-11-22T10:00:00Z'),
  );
  const isWrong = ({ name, schema }: Parameter, query: CallOptions['query'] = {}) => {
    const sent = query[name];
    if (typeof sent !== 'string') return false;
    const read = schema.type === 'integer' && /^\d+$/.test(sent) ? Number(sent) : sent;
    return document.problemsOf(schema, read).length > 0;
  };
  const documented = (operation: DocumentedOperation) =>
    operation.parameters.filter((parameter) => parameter.in === 'query');

  it.each(all)(
    '$id answers as documented to any query',
    async (operation) => {
      const tenant = await calls.tenantFor(operation);
      const known = documented(operation).map(({ name, schema, example }) => {
        const right = fc.oneof(valueFor(schema, follow), fc.constant(tenant.translate(example))).map(String);
        return fc.tuple(fc.constant(name), fc.oneof(right, value, fc.array(value, { maxLength: 3 })));
      });
      const unknown = fc.tuple(fc.constantFrom('colour', '__proto__', 'constructor', ''), value);
      const pairs = fc.array(fc.oneof(...known, ...known, unknown), { maxLength: 4 });
      const example = operation.body && { body: tenant.translate(operation.body.example as object) };
      await check(pairs, async (drawn) => {
        const query = Object.fromEntries(drawn);
        const { status } = await calls.expectPromised(operation, tenant, { ...example, query });
        if (documented(operation).some((parameter) => isWrong(parameter, query))) expect(status).toBe(400);
      });
    },
    TIMEOUT_MS,
  );

  const limits = all.flatMap((operation) =>
    documented(operation).map(({ name, schema }) => ({
      id: operation.id,
      operation,
      name,
      values: beside(schema, follow),
    })),
  );
  it.each(limits.filter(({ values }) => values.length > 0))(
    '$id refuses a value beyond the limits of ?$name=',
    async ({ operation, name, values }) => {
      const tenant = await calls.tenantFor(operation);
      for (const value of values.map(String)) {
        const { body } = await calls.expectPromised(operation, tenant, { query: { [name]: value } });
        expect([value, body.code]).toEqual([value, 'VALIDATION_FAILED']);
      }
    },
  );

  it.each(all.filter((operation) => documented(operation).length > 0))(
    '$id accepts a query that the document allows, or says why not',
    async (operation) => {
      const tenant = await calls.tenantFor(operation);
      // A cursor has a meaning only for its own list.
      const parameters = documented(operation).filter(({ name }) => name !== 'cursor');
      const queries = fc.subarray(parameters).chain((some) => {
        const values = some.map(({ name, schema }) => [name, valueFor(schema, follow).map(String)]);
        return fc.record<Record<string, string>>(Object.fromEntries(values));
      });
      let taken = 0;
      await check(queries, async (drawn) => {
        const query = tenant.translate(drawn);
        if ((await calls.expectPromised(operation, tenant, { query })).status === 200) taken++;
      });
      expect(taken).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});

describe('a path', () => {
  const strange = fc.constantFrom(
    '..',
    '.',
    '%',
    '%00',
    '%2e%2e',
    '%2f',
    '%c3%28',
    '',
    'é',
    '𝒳',
    '\ud800',
    '\u0000',
    ' ',
    '*',
    '{id}',
    '$&',
    '__proto__',
    'constructor',
    'x'.repeat(5_000),
  );
  const segment = fc.oneof(strange, fc.string(), fc.string({ unit: 'binary' }));

  it.each(all.filter(({ parameters }) => parameters.some((parameter) => parameter.in === 'path')))(
    '$id answers as documented to any id in its path',
    async (operation) => {
      const tenant = await calls.tenantFor(operation);
      const [real = ''] = /[a-z]{3}_[0-9a-f]{32}/.exec(tenant.pathOf(operation)) ?? [];
      const id = fc.oneof(
        segment.map((text) => text.replaceAll('/', '')),
        fc.mixedCase(fc.constant(real)),
        fc.nat(real.length).map((end) => real.slice(0, end)),
        segment.map((text) => `${real}${text.replaceAll('/', '')}`),
      );
      const example = operation.body && { body: tenant.translate(operation.body.example as object) };
      await check(
        id.filter((text) => text !== ''),
        (text) =>
          calls.expectPromised(
            operation,
            tenant,
            { ...example },
            tenant.pathOf(operation).replace(real, () => text),
          ),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'a path that is not in the document is refused in the form of all errors',
    async () => {
      const tenant = await world.newTenant();
      const error = all[0]?.operation.responses[500];
      expect(error).toBeDefined();
      const word = fc.oneof(segment, fc.constantFrom(...all.flatMap(({ path }) => path.split('/').slice(2))));
      const requests = fc.record({
        method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'),
        path: fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => `/v1/${words.join('/')}`),
      });
      await check(requests, async (request) => {
        const answer = await world.call(request, { organization: tenant.name });
        if (answer.status < 300) return;
        expect([400, 404, 405]).toContain(answer.status);
        expect(document.problemsOf({ $ref: '#/components/schemas/Error' }, answer.body)).toEqual([]);
      });
    },
    TIMEOUT_MS,
  );
});
