import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { ApiError } from '../../../core/api-error.ts';
import { createDestination, updateDestination } from '../../../core/destinations/destination-schema.ts';
import { filterTest } from '../../../core/filter/filter-test.ts';
import { createSource, updateSource } from '../../../core/ingest/source.ts';
import { verificationTypes } from '../../../core/verification/registry.ts';
import { sourceParams } from '../routes/sources.ts';
import { parseWith } from './request-parts.ts';

const url = 'https://example.com/hook';

/** The problems that a request is told, one a line. */
function told(schema: z.ZodType, request: unknown): string[] {
  try {
    parseWith(schema, request);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return (error.details ?? []).map(({ path, problem }) => `${path} ${problem}`);
  }
}

describe('a missing field', () => {
  it.each<[string, z.ZodType, object, string[]]>([
    ['of a source', createSource, {}, ['name is required']],
    ['of a part', createDestination, { url, auth: { type: 'bearer' } }, ['auth.token is required']],
    [
      'in a list that may be something else',
      createDestination,
      { url, retry_intervals: { multiplier: 2 } },
      ['retry_intervals.initial_delay_ms is required', 'retry_intervals.max_delay_ms is required'],
    ],
    [
      'that tells forms apart',
      createDestination,
      { url, auth: {} },
      ['auth.type is required; must be one of: bearer, basic, api_key, oauth2'],
    ],
    [
      'that tells forms of forms apart',
      updateDestination,
      { auth: { type: 'api_key', name: 'k', value: 'v' } },
      ['auth.in is required; must be one of: header, query'],
    ],
    ['of a filter', filterTest, { event: {} }, ['filter is required']],
  ])('a field %s is required', (_what, schema, request, lines) => {
    expect(told(schema, request)).toEqual(lines);
  });
});

it('an invalid change of one field is reported for that field alone', () => {
  expect(told(updateSource, { nmae: 'a' })).toEqual(['nmae is not a known field']);
  expect(told(updateSource, {})).toEqual([' must have at least one field to change']);
});

describe('an invalid value', () => {
  it.each<[string, z.ZodType, object, string]>([
    ['a number for a text', createSource, { name: 5 }, 'name must be a string'],
    ['nothing to see', createSource, { name: '\u200b\u2060' }, 'name must have a visible character'],
    ['a text that is empty', createSource, { name: ' ' }, 'name must not be empty'],
    [
      'a long text',
      createSource,
      { name: 'a', description: 'x'.repeat(1_001) },
      'description must have at most 1,000 characters',
    ],
    ['a fraction', createDestination, { url, timeout_seconds: 1.5 }, 'timeout_seconds must be a whole number'],
    ['a large number', createDestination, { url, timeout_seconds: 61 }, 'timeout_seconds must be at most 60'],
    ['a small number', createDestination, { url, timeout_seconds: 0 }, 'timeout_seconds must be at least 1'],
    [
      'a word of none',
      createDestination,
      { url, method: 'CONNECT' },
      'method must be one of: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    ],
    ['null', createDestination, { url, enabled: null }, 'enabled must be true or false'],
    ['a list for an object', createDestination, { url, headers: [] }, 'headers must be an object'],
    ['no interval', createDestination, { url, retry_intervals: [] }, 'retry_intervals must have 1 to 10 intervals'],
    [
      'too many intervals',
      createDestination,
      { url, retry_intervals: Array(11).fill(1) },
      'retry_intervals must have 1 to 10 intervals',
    ],
    ['one interval', createDestination, { url, retry_intervals: [5, 0] }, 'retry_intervals.1 must be at least 1'],
    ['an order', createDestination, { url, ordering: 'lifo' }, 'ordering must be none, fifo, or an object of fifo_by'],
    [
      'a key of an order',
      createDestination,
      { url, ordering: { fifo_by: {} } },
      'ordering.fifo_by must be an object of either header or body',
    ],
    [
      'a path of an order',
      createDestination,
      { url, ordering: { fifo_by: { body: 5 } } },
      'ordering.fifo_by.body must be a string',
    ],
    [
      'a type',
      updateDestination,
      { auth: { type: 'digest' } },
      "auth.type must be one that the destination's type accepts, of: bearer, basic, api_key, oauth2, aws_role, aws_access_key, gcp_service_account",
    ],
    [
      'a type that is missing',
      updateDestination,
      { auth: {} },
      "auth.type is required; must be one that the destination's type accepts, of: bearer, basic, api_key, oauth2, aws_role, aws_access_key, gcp_service_account",
    ],
    [
      'a type of verification',
      createSource,
      { name: 'a', verification: { type: 'gitlab' } },
      `verification.type must be one of: ${verificationTypes.join(', ')}`,
    ],
    [
      'a URL of a verification',
      createSource,
      { name: 'a', verification: { type: 'twilio', secret: 'a-token-of-twilio', url: 'hooks' } },
      'verification.url must be a URL, such as https://hooks.example.com/in/src_…',
    ],
    [
      'a place of copies',
      createSource,
      { name: 'a', deduplication: { by: 'id' } },
      'deduplication.by must be one of: event_id, header, body',
    ],
    [
      'a header of an event',
      filterTest,
      { filter: { method: 'POST' }, event: { headers: { 'x-a': 5 } } },
      'event.headers.x-a must be a string or a list of strings',
    ],
    [
      'an id that was never given out',
      sourceParams,
      { id: `src_${'0'.repeat(32)}` },
      'id must be an id that Hawser has given out: src_ and a UUIDv7 in 32 lower-case hex digits',
    ],
  ])('an invalid value is described in one sentence: %s', (_what, schema, request, line) => {
    expect(told(schema, request)).toEqual([line]);
  });
});
