import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Answer, type CallOptions, ROOT_KEY } from '../../functions/management/gateway-under-test.ts';
import type { Parameter } from '../../functions/management/openapi/types.ts';
import type { DocumentedOperation } from './api-document.ts';
import { beside, type Spoilt, spoilt, valueFor } from './random-values.ts';
import { type Inhabitant, World } from './world.ts';

/** Whatever is sent, no operation answers 5xx, or anything that the document does not promise. */

const RUNS = Number(process.env.HAWSER_FUZZ_RUNS ?? 30);
const PATIENCE_MS = 30_000 + RUNS * 500;

const world = await World.start();
afterAll(() => world.close());
const { document } = world;
const follow = document.schema.bind(document);
const all = document.operations;
const lists = all.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
const withBody = all.flatMap((operation) => {
  const { id, body, path } = operation;
  return body && path.startsWith('/v1/') ? [{ id, operation, body }] : [];
});

/** What a request came to, beside what the document promises. */
async function expectPromised(operation: DocumentedOperation, tenant: Inhabitant, options: CallOptions, path?: string) {
  const { method } = operation;
  const answer = await world.call(
    { method, path: path ?? tenant.pathOf(operation) },
    { organization: tenant.name, ...options },
  );
  expect(document.problemsOfAnswer(operation, answer)).toEqual([]);
  expectReason(answer);
  return answer;
}

/** No 5xx; and who is refused for a field is told which. */
function expectReason({ status, body }: Answer): void {
  expect(status, JSON.stringify(body)).toBeLessThan(500);
  if (body.code === 'VALIDATION_FAILED' || body.code === 'INVALID_URL') {
    expect(body.details.length).toBeGreaterThan(0);
    for (const { problem } of body.details) expect(problem).not.toBe('');
  }
}

const options = { numRuns: RUNS, interruptAfterTimeLimit: PATIENCE_MS, markInterruptAsFailure: true };
const check = <T>(values: fc.Arbitrary<T>, property: (value: T) => Promise<unknown>) =>
  fc.assert(
    fc.asyncProperty(values, async (value) => {
      await property(value);
    }),
    options,
  );

/** One for all calls of an operation: those that delete find that it is gone. */
const tenantOf = new Map<string, Promise<Inhabitant>>();
function tenantFor({ id }: DocumentedOperation): Promise<Inhabitant> {
  const tenant = tenantOf.get(id) ?? world.newTenant();
  tenantOf.set(id, tenant);
  return tenant;
}

describe('a body', () => {
  it.each(withBody)(
    '$id takes what the document allows, or says why not',
    async ({ operation, body }) => {
      const tenant = await tenantFor(operation);
      let taken = 0;
      await check(valueFor(body.schema, follow), async (value) => {
        const sent = tenant.translate(value as object);
        expect(document.problemsOf(body.schema, sent)).toEqual([]);
        const { status } = await expectPromised(operation, tenant, { body: sent });
        if (status < 300 || status === 409) taken++;
      });
      expect(taken).toBeGreaterThan(0);
      // What was taken can be read.
      const [tag] = operation.operation.tags;
      for (const list of lists.filter((one) => one.operation.tags[0] === tag)) {
        expect((await expectPromised(list, tenant, { query: { limit: '100' } })).status).toBe(200);
      }
    },
    2 * PATIENCE_MS,
  );

  it.each(withBody)(
    '$id refuses what the document does not allow',
    async ({ operation, body }) => {
      const tenant = await tenantFor(operation);
      const bodies = valueFor(body.schema, follow).chain((value) => spoilt(tenant.translate(value as object)));
      await check(bodies, async ({ text }: Spoilt) => {
        const answer = await expectPromised(operation, tenant, { body: text });
        if (!isAllowed(body.schema, text))
          expect([text.slice(0, 500), answer.status]).toEqual([text.slice(0, 500), expect.toBeOneOf([400, 413])]);
      });
    },
    2 * PATIENCE_MS,
  );
});

describe('a limit of a body', () => {
  const limits = withBody.flatMap(({ id, operation, body }) =>
    Object.entries(follow(body.schema).properties ?? {}).flatMap(([field, schema]) =>
      typeof schema === 'object'
        ? [{ id, operation, example: body.example as object, field, values: beside(schema, follow) }]
        : [],
    ),
  );
  it.each(limits.filter(({ values }) => values.length > 0))(
    '$id: what is beyond that of $field is refused',
    async (limit) => {
      const { operation, example, field, values } = limit;
      const tenant = await tenantFor(operation);
      for (const value of values) {
        const body = { ...tenant.translate(example), [field]: value };
        expect([value, (await expectPromised(operation, tenant, { body })).body.code]).toEqual([
          value,
          'VALIDATION_FAILED',
        ]);
      }
    },
  );
});

function isAllowed(schema: Parameters<typeof document.problemsOf>[0], text: string): boolean {
  try {
    return document.problemsOf(schema, JSON.parse(text || '{}')).length === 0;
  } catch {
    return false;
  }
}

it(
  'whatever a webhook is, its event is shown as documented',
  async () => {
    const [sendWebhook, getEvent] = [document.named('sendWebhook'), document.named('getEvent')];
    const tenant = await tenantFor(sendWebhook);
    const text = fc.string({ unit: 'binary', maxLength: 50 });
    const webhooks = fc.record({
      body: fc.oneof(fc.uint8Array({ maxLength: 20_000, size: 'max' }), text),
      query: fc.dictionary(fc.oneof(text, fc.constant('__proto__')), fc.array(text, { maxLength: 3 })),
      headers: fc.dictionary(
        fc.oneof(fc.stringMatching(/^[\w-]+$/), fc.constant('__proto__')),
        fc.array(text, { maxLength: 3 }),
      ),
    });
    await check(webhooks, async (webhook) => {
      const { status, body } = await expectPromised(sendWebhook, tenant, webhook);
      expect(status).toBe(200);
      const shown = await expectPromised(getEvent, tenant, {}, `/v1/events/${body.id}`);
      expect(shown.status).toBe(200);
    });
  },
  2 * PATIENCE_MS,
);

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
    '$id answers as documented to any',
    async (operation) => {
      const tenant = await tenantFor(operation);
      const { body } = operation;
      const example = body && { body: tenant.translate(body.example as object) };
      await check(headers, async (sent) => {
        const { method } = operation;
        const answer = await world.call({ method, path: tenant.pathOf(operation) }, { ...example, headers: sent });
        expect(document.problemsOfAnswer(operation, answer)).toEqual([]);
        expectReason(answer);
      });
    },
    2 * PATIENCE_MS,
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
    '$id answers as documented to any',
    async (operation) => {
      const tenant = await tenantFor(operation);
      const known = documented(operation).map(({ name, schema, example }) => {
        const right = fc.oneof(valueFor(schema, follow), fc.constant(tenant.translate(example))).map(String);
        return fc.tuple(fc.constant(name), fc.oneof(right, value, fc.array(value, { maxLength: 3 })));
      });
      const unknown = fc.tuple(fc.constantFrom('colour', '__proto__', 'constructor', ''), value);
      const pairs = fc.array(fc.oneof(...known, ...known, unknown), { maxLength: 4 });
      const example = operation.body && { body: tenant.translate(operation.body.example as object) };
      await check(pairs, async (drawn) => {
        const query = Object.fromEntries(drawn);
        const { status } = await expectPromised(operation, tenant, { ...example, query });
        if (documented(operation).some((parameter) => isWrong(parameter, query))) expect(status).toBe(400);
      });
    },
    2 * PATIENCE_MS,
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
    '$id: what is beyond the limits of ?$name= is refused',
    async ({ operation, name, values }) => {
      const tenant = await tenantFor(operation);
      for (const value of values.map(String)) {
        const { body } = await expectPromised(operation, tenant, { query: { [name]: value } });
        expect([value, body.code]).toEqual([value, 'VALIDATION_FAILED']);
      }
    },
  );

  it.each(all.filter((operation) => documented(operation).length > 0))(
    '$id takes what the document allows, or says why not',
    async (operation) => {
      const tenant = await tenantFor(operation);
      // A cursor means something to its list alone.
      const parameters = documented(operation).filter(({ name }) => name !== 'cursor');
      const queries = fc.subarray(parameters).chain((some) => {
        const values = some.map(({ name, schema }) => [name, valueFor(schema, follow).map(String)]);
        return fc.record<Record<string, string>>(Object.fromEntries(values));
      });
      let taken = 0;
      await check(queries, async (drawn) => {
        const query = tenant.translate(drawn);
        if ((await expectPromised(operation, tenant, { query })).status === 200) taken++;
      });
      expect(taken).toBeGreaterThan(0);
    },
    2 * PATIENCE_MS,
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
    '$id answers as documented to any id',
    async (operation) => {
      const tenant = await tenantFor(operation);
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
          expectPromised(
            operation,
            tenant,
            { ...example },
            tenant.pathOf(operation).replace(real, () => text),
          ),
      );
    },
    2 * PATIENCE_MS,
  );

  it(
    'that is not in the document is refused in the one form of all errors',
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
    2 * PATIENCE_MS,
  );
});
