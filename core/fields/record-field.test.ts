import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { parseClientMessage } from '../clients/client-message.ts';
import { createDestination, updateDestination } from '../destinations/destination-schema.ts';
import { filterTest } from '../filter/filter-test.ts';
import { exampleId } from '../id-schema.ts';
import { publishEvent, testWebhook } from '../ingest/published-event.ts';
import { transformTest } from '../transform/transform-test.ts';

const url = 'https://example.com/hook';
const s3 = { bucket: 'archive', region: 'eu-west-1' };
const auth = { type: 'aws_access_key', access_key_id: 'x', secret_access_key: 'x' };
const code = 'const transform = () => null';

/** Requests in which "HERE" becomes an object with a `__proto__`, which only JSON, not a literal, can contain. */
const requests: [name: string, schema: z.ZodType, request: object, path: string][] = [
  ['headers of a destination', createDestination, { url, headers: 'HERE' }, 'headers'],
  ['template variables', createDestination, { url, template_variables: 'HERE' }, 'template_variables'],
  ['the config of a destination', createDestination, { url, config: 'HERE' }, 'config'],
  [
    'metadata of objects',
    createDestination,
    { type: 's3', auth, config: { ...s3, metadata: 'HERE' } },
    'config.metadata',
  ],
  [
    'attributes of messages',
    createDestination,
    { type: 'pubsub', config: { attributes: 'HERE' } },
    'config.attributes',
  ],
  ['headers of messages', createDestination, { type: 'rabbitmq', config: { headers: 'HERE' } }, 'config.headers'],
  ['a changed config', updateDestination, { config: 'HERE' }, 'config'],
  ['changed headers', updateDestination, { headers: 'HERE' }, 'headers'],
  ['a published event', publishEvent, { source_id: exampleId('src'), body: '', headers: 'HERE' }, 'headers'],
  ['a test of a destination', testWebhook, { headers: 'HERE' }, 'headers'],
  ['a test of a filter', filterTest, { filter: {}, event: { headers: 'HERE' } }, 'event.headers'],
  ['a test of a transform', transformTest, { transform: code, event: { headers: 'HERE' } }, 'event.headers'],
];

describe('a __proto__ among names that the caller chooses', () => {
  it.each(requests)('a __proto__ is refused, not silently dropped: %s', (_name, schema, request, path) => {
    const given = JSON.parse(JSON.stringify(request).replace('"HERE"', '{"__proto__":"x","X-B":"1"}'));
    const issues = schema.safeParse(given).error?.issues ?? [];
    const paths = issues.flatMap((issue) =>
      (issue.code === 'unrecognized_keys' ? issue.keys : ['']).map((key) => [...issue.path, key].join('.')),
    );
    expect(paths.map((one) => one.replace(/\.$/, ''))).toContain(`${path}.__proto__`);
  });

  it('a __proto__ in the result of a client is refused', () => {
    const result = { action: 'result', delivery_id: exampleId('dlv'), attempt: 1, duration_ms: 1, status_code: 200 };
    const text = JSON.stringify(result).replace('}', ',"headers":{"__proto__":"x"}}');
    expect(parseClientMessage(text)).toMatchObject({ kind: 'invalid', error: { code: 'INVALID_MESSAGE' } });
  });
});
