import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../../core/ids.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

let api: ApiUnderTest;
let source_id: string;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  source_id = (await api.ok('POST', '/v1/sources', { body: { name: 'orders' } })).id;
});
afterAll(() => api.close());

const publish = (body: object) => api.ok('POST', '/v1/events', { body: { source_id, ...body } });

it('a published event is stored byte for byte and shown like any other', async () => {
  const body = '{"n": 12345678901234567890,\n "ü": "\\u00fc"}';
  const summary = await publish({ body, headers: { 'X-Event-Type': 'order.created' } });
  expect(summary).toEqual({
    id: expect.stringMatching(/^evt_/),
    source_id,
    event_type: null,
    method: 'POST',
    path: '',
    query: '',
    content_type: 'application/json',
    body_bytes: Buffer.byteLength(body),
    created_at: expect.any(String),
  });
  expect(await api.ok('GET', `/v1/events/${summary.id}`)).toEqual({
    ...summary,
    headers: { 'Content-Type': 'application/json', 'X-Event-Type': 'order.created' },
    source_ip: '127.0.0.1',
    body,
    body_encoding: 'utf8',
    deliveries: [],
    filtered: [],
  });
  const { events } = await api.ok('GET', '/v1/events', { query: { source_id, limit: '1' } });
  expect(events).toEqual([summary]);
});

it('arbitrary bytes can be published in base64', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
  const { id } = await publish({ body: bytes.toString('base64'), body_encoding: 'base64' });
  expect(await api.ok('GET', `/v1/events/${id}`)).toMatchObject({
    body: bytes.toString('base64'),
    body_encoding: 'base64',
    content_type: 'application/octet-stream',
  });
});

it('a given content type overrides the default, whatever its case', async () => {
  const { content_type, id } = await publish({ body: 'a=1', headers: { 'content-type': 'text/x-own' } });
  expect(content_type).toBe('text/x-own');
  expect((await api.ok('GET', `/v1/events/${id}`)).headers).toEqual({ 'content-type': 'text/x-own' });
});

it('an empty body can be published', async () => {
  expect(await publish({ body: '' })).toMatchObject({ body_bytes: 0 });
});

it.each([
  ['no base64', { body: 'ü', body_encoding: 'base64' }, 'body'],
  ['half a surrogate pair', { body: '\ud800' }, 'body'],
  ['a body that is no text', { body: { n: 1 } }, 'body'],
  ['an encoding of its own', { body: '', body_encoding: 'hex' }, 'body_encoding'],
  ['a header that Hawser sets', { body: '', headers: { Host: 'example.com' } }, 'headers.Host'],
  ['a header of two lines', { body: '', headers: { 'X-A': 'a\r\nX-B: b' } }, 'headers.X-A'],
])('%s is rejected', async (_, fields, path) => {
  const options = { body: { source_id, ...fields } };
  const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/events', options);
  expect(details[0].path).toBe(path);
});

it('nothing can be published to an unknown source or that of another organization', async () => {
  await api.ok('POST', '/v1/organizations', { body: { name: 'publishers' } });
  const theirs = await api.ok('POST', '/v1/sources', { body: { name: 'theirs' }, organization: 'publishers' });
  for (const id of [newId('src'), theirs.id]) {
    const { message } = await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', '/v1/events', {
      body: { source_id: id, body: '{}' },
    });
    expect(message).toBe(`Source ${id} not found`);
  }
});
