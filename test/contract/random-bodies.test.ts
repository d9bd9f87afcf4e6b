import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { check, RandomCalls, TIMEOUT_MS } from './random-calls.ts';
import { beside, type Spoilt, spoilt, valueFor } from './random-values.ts';

/** Bodies that the document allows, and bodies that it does not. */

const calls = await RandomCalls.start();
afterAll(() => calls.close());
const { document } = calls.world;
const all = document.operations;
const follow = document.schema.bind(document);
const lists = all.filter(({ parameters }) => parameters.some(({ name }) => name === 'cursor'));
const withBody = all.flatMap((operation) => {
  const { id, body, path } = operation;
  return body && path.startsWith('/v1/') ? [{ id, operation, body }] : [];
});

describe('a body', () => {
  it.each(withBody)(
    '$id accepts a body that the document allows, or says why not',
    async ({ operation, body }) => {
      const tenant = await calls.tenantFor(operation);
      let taken = 0;
      await check(valueFor(body.schema, follow), async (value) => {
        const sent = tenant.translate(value as object);
        expect(document.problemsOf(body.schema, sent)).toEqual([]);
        const { status } = await calls.expectPromised(operation, tenant, { body: sent });
        if (status < 300 || status === 409) taken++;
      });
      expect(taken).toBeGreaterThan(0);
      // What was accepted can be read.
      const [tag] = operation.operation.tags;
      for (const list of lists.filter((one) => one.operation.tags[0] === tag)) {
        expect((await calls.expectPromised(list, tenant, { query: { limit: '100' } })).status).toBe(200);
      }
    },
    TIMEOUT_MS,
  );

  it.each(withBody)(
    '$id refuses a body that the document does not allow',
    async ({ operation, body }) => {
      const tenant = await calls.tenantFor(operation);
      const bodies = valueFor(body.schema, follow).chain((value) => spoilt(tenant.translate(value as object)));
      await check(bodies, async ({ text }: Spoilt) => {
        const answer = await calls.expectPromised(operation, tenant, { body: text });
        if (!isAllowed(body.schema, text))
          expect([text.slice(0, 500), answer.status]).toEqual([text.slice(0, 500), expect.toBeOneOf([400, 413])]);
      });
    },
    TIMEOUT_MS,
  );
});

describe('a limit of a body', () => {
  const limits = withBody.flatMap(({ id, operation, body }) =>
    Object.entries(propertiesOf(body.schema)).flatMap(([field, schema]) =>
      typeof schema === 'object'
        ? [{ id, operation, example: body.example as object, field, values: beside(schema, follow) }]
        : [],
    ),
  );
  it.each(limits.filter(({ values }) => values.length > 0))(
    '$id refuses a value beyond the limit of $field',
    async (limit) => {
      const { operation, example, field, values } = limit;
      const tenant = await calls.tenantFor(operation);
      for (const value of values) {
        const body = { ...tenant.translate(example), [field]: value };
        expect([value, (await calls.expectPromised(operation, tenant, { body })).body.code]).toEqual([
          value,
          'VALIDATION_FAILED',
        ]);
      }
    },
  );
});

/** For a body with several alternatives, the properties of the first, which the example follows. */
function propertiesOf(schema: Parameters<typeof follow>[0]): NonNullable<ReturnType<typeof follow>['properties']> {
  const { properties, oneOf: [first] = [] } = follow(schema);
  return properties ?? (typeof first === 'object' ? propertiesOf(first) : {});
}

function isAllowed(schema: Parameters<typeof document.problemsOf>[0], text: string): boolean {
  try {
    return document.problemsOf(schema, JSON.parse(text || '{}')).length === 0;
  } catch {
    return false;
  }
}

it(
  'the event of any webhook is shown as documented',
  async () => {
    const [sendWebhook, getEvent] = [document.named('sendWebhook'), document.named('getEvent')];
    const tenant = await calls.tenantFor(sendWebhook);
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
      const { status, body } = await calls.expectPromised(sendWebhook, tenant, webhook);
      expect(status).toBe(200);
      const shown = await calls.expectPromised(getEvent, tenant, {}, `/v1/events/${body.id}`);
      expect(shown.status).toBe(200);
    });
  },
  TIMEOUT_MS,
);
