import { randomBytes } from 'node:crypto';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Attempt } from '../../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../../core/deliveries/delivery-headers.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type EventId, newEventId, newId, timeMsOf } from '../../../core/ids.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { decodeDelivery } from '../../messages/delivery.ts';
import { DeliveryLog } from '../../stores/deliveries/delivery-log.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { type Connected, failedAttempt, HistoryUnderTest, okAttempt } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
  await api.ok('POST', '/v1/organizations', { body: { name: 'team-other' } });
});
afterAll(() => api.close());

const answeredWith = (number: number, body: Uint8Array): Attempt => ({
  ...okAttempt(number),
  response: { statusCode: 200, headers: [], body, bodyTruncated: false },
});

const RETENTION_MS = 30 * 86_400_000;
const connected = (): Promise<Connected> => history.connected(api);

/** Moves the connection's creation back to before the events that the test asks about. */
async function connectedLongAgo({ source, connection }: Connected): Promise<void> {
  const createdAt = new Date(Date.now() - 2 * RETENTION_MS).toISOString();
  await api.services.clients.dynamodb.send(
    new UpdateItemCommand({
      TableName: resourceNames.config,
      Key: { pk: { S: source }, sk: { S: connection } },
      UpdateExpression: 'SET created_at = :at',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':at': { S: createdAt } },
    }),
  );
}

async function deadLetterDepth(): Promise<number> {
  const { Attributes } = await api.services.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: api.services.deadLetterQueue.queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
}

describe('an event', () => {
  it('an event shows what was received', async () => {
    const ends = await connected();
    const body = '{"n": 12345678901234567890, "ü": "\\u00fc"}';
    const headers: HeaderList = [
      ['Content-Type', 'application/json'],
      ['X-List', 'a'],
      ['X-List', 'b'],
    ];
    const id = await history.store(ends.source, body, headers);
    expect(await api.ok('GET', `/v1/events/${id}`)).toEqual({
      id,
      source_id: ends.source,
      event_type: null,
      method: 'POST',
      path: '/orders',
      query: 'a=1&a=2',
      content_type: 'application/json',
      body_bytes: Buffer.byteLength(body),
      created_at: new Date(timeMsOf(id)).toISOString(),
      headers: { 'Content-Type': 'application/json', 'X-List': ['a', 'b'] },
      source_ip: '203.0.113.7',
      body,
      body_encoding: 'utf8',
      deliveries: [expect.objectContaining({ destination_id: ends.destination, status: 'pending', attempt_count: 0 })],
      filtered: [],
    });
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0xff, 0x00, 0xc3, 0x28]), 'base64'],
    ['3 MB of text', Buffer.alloc(3_000_000, 'hawser '), 'utf8'],
    ['text that JSON would blow up past what Lambda answers', Buffer.alloc(3_000_000, '"'), 'base64'],
    ['the largest body', Buffer.alloc(4_500_000, 0xff), 'base64'],
    ['nothing', Buffer.alloc(0), 'utf8'],
    ['a byte order mark', Buffer.from('\ufeff{}'), 'utf8'],
  ] as const)('an event shows any body: %s', async (_, body, encoding) => {
    const { source } = await connected();
    const id = await history.store(source, body);
    const event = await api.ok('GET', `/v1/events/${id}`);
    expect(event).toMatchObject({ body_encoding: encoding, body_bytes: body.byteLength });
    expect(Buffer.compare(Buffer.from(event.body, encoding), body)).toBe(0);
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(event)))).toBeLessThan(6 * 1024 * 1024);
  });

  it('the credentials of the sender are masked', async () => {
    const { source } = await connected();
    const id = await history.store(source, '{}', [
      ['Authorization', 'Bearer sender-key-9876'],
      ['X-Gitlab-Token', 'a-shared-secret-1234'],
      ['X-Hub-Signature-256', 'sha256=abcdef'],
    ]);
    const { headers } = await api.ok('GET', `/v1/events/${id}`);
    expect(headers).toEqual({
      Authorization: '••••9876',
      'X-Gitlab-Token': '••••1234',
      'X-Hub-Signature-256': 'sha256=abcdef',
    });
  });

  it('credentials in the query are masked in the event and in lists, and delivered as they came', async () => {
    const { source } = await connected();
    const sent = 'region=eu&token=a-shared-secret-1234&sig=abcdef&empty_key=&%74oken=5678';
    const id = await history.store(source, '{}', [], undefined, sent);
    const { key } = await api.newKey('read');
    const shown = 'region=eu&token=••••&sig=••••&empty_key=&%74oken=••••';
    for (const asked of [{}, { key }]) {
      expect(await api.ok('GET', `/v1/events/${id}`, asked)).toMatchObject({ query: shown });
      const { events } = await api.ok('GET', '/v1/events', { ...asked, query: { source_id: source } });
      expect(events).toMatchObject([{ id, query: shown }]);
    }
    const transform = 'function transform({ query }) { return { query }; }';
    const { request } = await api.ok('POST', '/v1/transforms/test', { body: { transform, event_id: id } });
    expect(request.query).toBe(sent);
  });

  it('an event lists its deliveries over existing and deleted connections, but not over those made after it', async () => {
    const ends = await connected();
    const id = await history.store(ends.source, 'body');
    const deliveryId = await history.record(id, ends, [okAttempt(1)], { status: 'succeeded' });
    await api.ok('DELETE', `/v1/connections/${ends.connection}`);
    const later = await history.store(ends.source, 'body', [], Date.now() - 60_000);
    await api.ok('POST', `/v1/sources/${ends.source}/destinations`, { body: { url: 'https://example.com/hook' } });
    expect((await api.ok('GET', `/v1/events/${later}`)).deliveries).toEqual([]);
    const { deliveries } = await api.ok('GET', `/v1/deliveries`, { query: { event_id: id } });
    expect(deliveries).toEqual([expect.objectContaining({ id: deliveryId, status: 'succeeded' })]);
    await api.ok('DELETE', `/v1/sources/${ends.source}`);
    await api.ok('DELETE', `/v1/destinations/${ends.destination}`);
    expect((await api.ok('GET', `/v1/events/${id}`)).deliveries[0]).toMatchObject({ id: deliveryId });
    expect((await api.ok('GET', `/v1/deliveries/${deliveryId}`)).attempts).toHaveLength(1);
    expect((await api.ok('GET', '/v1/events', { query: { source_id: ends.source } })).events).toHaveLength(2);
  });
});

describe('events', () => {
  it('events are listed newest first, of one source or of all, between two times', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'team-events' } });
    const [one, other] = [await connected(), await connected()];
    const at = (second: number) => Date.UTC(2999, 0, 1, 0, 0, second);
    const ids: EventId[] = [];
    for (let second = 0; second < 6; second++) {
      ids.unshift(await history.store((second % 2 ? one : other).source, `${second}`, [], at(second)));
    }
    const list = async (query: Record<string, string>) =>
      (await api.ok('GET', '/v1/events', { query })).events.map(({ id }: { id: string }) => id);
    expect(await list({ limit: '6' })).toEqual(ids);
    expect(await list({ source_id: one.source })).toEqual([ids[0], ids[2], ids[4]]);
    const between = { since: new Date(at(1)).toISOString(), until: new Date(at(3)).toISOString() };
    expect(await list(between)).toEqual([ids[3], ids[4]]);
    const first = await api.ok('GET', '/v1/events', { query: { limit: '4' } });
    expect(first.has_more).toBe(true);
    expect((await list({ limit: '4', cursor: first.cursor })).slice(0, 2)).toEqual(ids.slice(4));
    expect(await list({ source_id: newId('src') })).toEqual([]);
    const theirs = await api.ok('GET', '/v1/events', { query: { source_id: one.source }, organization: 'team-events' });
    expect(theirs.events).toEqual([]);
  });

  it('times must be in ISO 8601', async () => {
    for (const since of ['yesterday', '2026-11-22', '1790000000']) {
      await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/events', { query: { since } });
    }
  });

  it('since and until are compared only if both are times', async () => {
    const query = { since: '2026-11-23', until: '2026-11-22' };
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/events', { query });
    const problem = 'must be a time in ISO 8601, such as 2026-11-22T10:00:00Z';
    expect(details).toEqual([
      { path: 'since', problem },
      { path: 'until', problem },
    ]);
  });

  it.each(['/v1/events', '/v1/deliveries'])('%s rejects a time range that ends before it begins', async (path) => {
    const query = { since: '2026-11-22T00:00:01Z', until: '2026-11-22T00:00:00Z' };
    const { details } = await api.refused(400, 'VALIDATION_FAILED', 'GET', path, { query });
    expect(details).toEqual([{ path: 'until', problem: 'must not be before since' }]);
    await api.ok('GET', path, { query: { since: query.since, until: query.since } });
  });
});

describe('an event that has expired but is not deleted yet', () => {
  let ends: Connected;
  let expired: EventId;
  beforeAll(async () => {
    ends = await connected();
    await connectedLongAgo(ends);
    expired = await history.store(ends.source, 'body', [], Date.now() - RETENTION_MS);
  });

  it('an expired event is not found', async () => {
    const kept = await history.store(ends.source, 'body', [], Date.now() - RETENTION_MS + 60_000);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/events/${expired}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `/v1/events/${expired}/replay`, { body: {} });
    const { events, has_more } = await api.ok('GET', '/v1/events', { query: { source_id: ends.source, limit: '1' } });
    expect([events.map(({ id }: { id: string }) => id), has_more]).toEqual([[kept], false]);
  });

  it('an expired event is not shown as pending after the row of its delivery was deleted', async () => {
    const { deliveryId } = history.jobFor(expired, ends);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/deliveries/${deliveryId}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'POST', `/v1/deliveries/${deliveryId}/cancel`);
  });

  it('an expired event is not sent again', async () => {
    const id = await history.record(expired, ends, [okAttempt(1)], { status: 'succeeded' });
    const { message } = await api.refused(409, 'CONFLICT', 'POST', `/v1/deliveries/${id}/retry`);
    expect(message).toContain('its event has expired');
  });
});

describe('a delivery', () => {
  it('a delivery shows each of its attempts', async () => {
    const ends = await connected();
    const id = await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1), okAttempt(2)], {
      status: 'succeeded',
    });
    const delivery = await api.ok('GET', `/v1/deliveries/${id}`);
    expect(delivery).toMatchObject({
      id,
      source_id: ends.source,
      connection_id: ends.connection,
      destination_id: ends.destination,
      status: 'succeeded',
      attempt_count: 2,
      status_code: 200,
      error_code: null,
      attempts: [
        {
          number: 1,
          status_code: null,
          error_code: 'TIMEOUT',
          duration_ms: 10_000,
          request_method: null,
          request_target: null,
          request_body_from: null,
          response_body: null,
        },
        {
          number: 2,
          request_method: 'POST',
          request_target: 'https://example.com/hook',
          request_body_from: 'template',
          status_code: 200,
          error_code: null,
          duration_ms: 12,
          response_body: 'ok',
          response_headers: { 'x-a': '1' },
        },
      ],
    });
  });

  it('a delivery with hundreds of attempts shows the newest whole and shortens the others, so that the response is not too large', async () => {
    const ends = await connected();
    const quotes = Buffer.from('"'.repeat(16_384));
    const attempts = Array.from({ length: 400 }, (_, index) => answeredWith(index + 1, quotes));
    const event = await history.store(ends.source, 'body');
    const id = await history.record(event, ends, attempts, { status: 'succeeded' });
    const delivery = await api.ok('GET', `/v1/deliveries/${id}`);
    // As a function answers, in JSON within JSON: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    expect(JSON.stringify({ body: JSON.stringify(delivery) }).length).toBeLessThan(6_000_000);
    expect(delivery.attempts).toHaveLength(400);
    const whole = delivery.attempts.filter(({ shortened }: { shortened: boolean }) => !shortened);
    expect(whole.length).toBeGreaterThan(70);
    expect(whole).toEqual(delivery.attempts.slice(-whole.length));
    for (const { response_body } of whole) expect(response_body).toHaveLength(16_384);
    expect(delivery.attempts[0]).toMatchObject({ number: 1, status_code: 200, response_body: null, shortened: true });
  });

  it('a delivery with more attempts than are shown has the newest 500, even if their rows fill many pages', async () => {
    const ends = await connected();
    // Random, so that they are stored in as many bytes: 520 of them in four pages.
    const attempts = Array.from({ length: 520 }, (_, index) => answeredWith(index + 1, randomBytes(6_000)));
    const event = await history.store(ends.source, 'body');
    const id = await history.record(event, ends, attempts, { status: 'succeeded' });
    const { attempts: shown, attempt_count } = await api.ok('GET', `/v1/deliveries/${id}`);
    expect(attempt_count).toBe(520);
    expect(shown.map(({ number }: { number: number }) => number)).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 21),
    );
    expect(shown.at(-1)).toMatchObject({ response_body_encoding: 'base64', shortened: false });
  });

  it('a delivery is pending before its first attempt', async () => {
    const ends = await connected();
    const { deliveryId } = history.jobFor(await history.store(ends.source, 'body'), ends);
    expect(await api.ok('GET', `/v1/deliveries/${deliveryId}`)).toMatchObject({ status: 'pending', attempts: [] });
  });

  it('a delivery of an event that never existed is not found', async () => {
    const ends = await connected();
    const never = history.jobFor(newEventId(idSchema('src').parse(ends.source), Date.now()), ends);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/deliveries/${never.deliveryId}`);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'GET', `/v1/events/${never.eventId}`);
    expect((await api.ok('GET', '/v1/deliveries', { query: { event_id: never.eventId } })).deliveries).toEqual([]);
  });

  it('a delivery is listed under its destination, page by page', async () => {
    const ends = await connected();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      const eventId = await history.store(ends.source, 'body', [], Date.now() + index * 10);
      ids.unshift(await history.record(eventId, ends, [failedAttempt(1), okAttempt(2)], { status: 'succeeded' }));
    }
    const query = { destination_id: ends.destination, limit: '3' };
    const first = await api.ok('GET', '/v1/deliveries', { query });
    const second = await api.ok('GET', '/v1/deliveries', { query: { ...query, cursor: first.cursor } });
    expect([first.has_more, second.has_more]).toEqual([true, false]);
    expect([...first.deliveries, ...second.deliveries].map(({ id }) => id)).toEqual(ids);
    const all = await api.ok('GET', '/v1/deliveries', { query: { limit: '100' } });
    expect(all.deliveries.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(ids));
  });
});

describe('a dead letter', () => {
  it('dead letters are listed, of all destinations or of one', async () => {
    const [one, other] = [await connected(), await connected()];
    const [a, b] = [await history.dead(one), await history.dead(other)];
    const list = async (query: Record<string, string>) =>
      (await api.ok('GET', '/v1/dead-letters', { query })).dead_letters.map(({ id }: { id: string }) => id);
    expect(await list({})).toEqual([a, b].sort().reverse());
    expect(await list({ destination_id: one.destination })).toEqual([a]);
    const first = await api.ok('GET', '/v1/dead-letters', { query: { limit: '1' } });
    expect(first.dead_letters[0]).toMatchObject({ status: 'dead', reason: 'retries_exhausted', error_code: 'TIMEOUT' });
    expect(await list({ limit: '1', cursor: first.cursor })).toEqual([[a, b].sort()[0]]);
    for (const id of [a, b]) await api.ok('DELETE', `/v1/dead-letters/${id}`);
    expect(await list({})).toEqual([]);
  });

  it('a replayed dead letter is sent once more with all its retries, and is no longer dead', async () => {
    const ends = await connected();
    const id = await history.dead(ends);
    expect(await deadLetterDepth()).toBe(1);
    expect(await api.ok('POST', `/v1/dead-letters/${id}/replay`)).toMatchObject({
      id,
      status: 'pending',
      reason: null,
    });
    expect(await deadLetterDepth()).toBe(0);
    expect((await api.ok('GET', '/v1/dead-letters')).dead_letters).toEqual([]);
    expect(await api.ok('GET', `/v1/deliveries/${id}`)).toMatchObject({ status: 'pending', attempt_count: 2 });
    const { Messages = [] } = await api.services.clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: api.services.deliveryQueue.queueUrl, MaxNumberOfMessages: 10 }),
    );
    expect(Messages.map(({ Body = '' }) => decodeDelivery(Body).job)).toEqual([
      expect.objectContaining({ deliveryId: id, attempt: 3, roundStart: 3, startsReplay: true }),
    ]);
    const again = await api.refused(409, 'CONFLICT', 'POST', `/v1/dead-letters/${id}/replay`);
    expect(again.message).toContain('pending');
  });

  it('a discarded dead letter is cancelled for good', async () => {
    const id = await history.dead(await connected());
    expect(await api.ok('DELETE', `/v1/dead-letters/${id}`)).toEqual({ success: true });
    expect(await deadLetterDepth()).toBe(0);
    expect(await api.ok('GET', `/v1/deliveries/${id}`)).toMatchObject({ status: 'cancelled', reason: 'discarded' });
    await api.refused(409, 'CONFLICT', 'DELETE', `/v1/dead-letters/${id}`);
  });

  it('a dead letter that is replayed while it is discarded stays, and so does its message', async () => {
    const id = await history.dead(await connected());
    const before = await deadLetterDepth();
    // As if an attempt were recorded between the read and the write.
    vi.spyOn(DeliveryLog.prototype, 'recordState').mockResolvedValueOnce(false);
    await api.refused(409, 'CONFLICT', 'DELETE', `/v1/dead-letters/${id}`);
    expect(await deadLetterDepth()).toBe(before);
    await api.ok('DELETE', `/v1/dead-letters/${id}`);
  });

  it('a dead letter that is replayed while it is discarded, and dies again without an attempt, stays, and so does its message', async () => {
    const ends = await connected();
    const event = await history.store(ends.source, 'body');
    const id = await history.dead(ends, event);
    const before = await deadLetterDepth();
    const { recordState } = DeliveryLog.prototype;
    vi.spyOn(DeliveryLog.prototype, 'recordState').mockImplementationOnce(async function (
      this: DeliveryLog,
      ...discard
    ) {
      await api.ok('POST', `/v1/dead-letters/${id}/replay`);
      const again = { ...history.jobFor(event, ends, 3), roundStart: 3, replayedAtMs: Date.now() };
      await history.end(again, { status: 'dead', reason: 'transform_failed' });
      return recordState.apply(this, discard);
    });
    await api.refused(409, 'CONFLICT', 'DELETE', `/v1/dead-letters/${id}`);
    expect(await api.ok('GET', `/v1/deliveries/${id}`)).toMatchObject({ status: 'dead', reason: 'transform_failed' });
    expect(await deadLetterDepth()).toBe(before);
    await api.ok('DELETE', `/v1/dead-letters/${id}`);
  });

  it('a dead letter of a deleted destination can only be discarded', async () => {
    const ends = await connected();
    const id = await history.dead(ends);
    await api.ok('DELETE', `/v1/destinations/${ends.destination}`);
    await api.refused(409, 'CONFLICT', 'POST', `/v1/dead-letters/${id}/replay`);
    await api.ok('DELETE', `/v1/dead-letters/${id}`);
  });

  it('only a dead delivery is a dead letter', async () => {
    const ends = await connected();
    const id = await history.record(await history.store(ends.source, 'body'), ends, [okAttempt(1)], {
      status: 'succeeded',
    });
    await api.refused(409, 'CONFLICT', 'POST', `/v1/dead-letters/${id}/replay`);
    await api.refused(409, 'CONFLICT', 'DELETE', `/v1/dead-letters/${id}`);
    expect(await api.ok('GET', `/v1/deliveries/${id}`)).toMatchObject({ status: 'succeeded' });
  });
});

describe("another organization's history", () => {
  it('the history of another organization looks exactly like one that does not exist', async () => {
    const ends = await connected();
    const id = await history.dead(ends);
    const { eventId } = history.jobFor(await history.store(ends.source, 'body'), ends);
    const organization = 'team-other';
    for (const [method, path] of [
      ['GET', `/v1/events/${eventId}`],
      ['GET', `/v1/deliveries/${id}`],
      ['POST', `/v1/dead-letters/${id}/replay`],
      ['DELETE', `/v1/dead-letters/${id}`],
    ] as const) {
      const { message } = await api.refused(404, 'RESOURCE_NOT_FOUND', method, path, { organization });
      expect(message).toMatch(/^(Event|Delivery) (evt|dlv)_[0-9a-f]{32} not found$/);
    }
    for (const [path, key, query] of [
      ['/v1/events', 'events', { source_id: ends.source }],
      ['/v1/events', 'events', {}],
      ['/v1/deliveries', 'deliveries', { destination_id: ends.destination }],
      ['/v1/deliveries', 'deliveries', { destination_id: ends.destination, status: 'dead' }],
      ['/v1/deliveries', 'deliveries', { event_id: eventId }],
      ['/v1/deliveries', 'deliveries', {}],
      ['/v1/dead-letters', 'dead_letters', { destination_id: ends.destination }],
      ['/v1/dead-letters', 'dead_letters', {}],
    ] as const) {
      expect(await api.ok('GET', path, { query, organization })).toEqual({ [key]: [], cursor: null, has_more: false });
    }
    expect(await api.ok('GET', `/v1/deliveries/${id}`)).toMatchObject({ status: 'dead' });
    await api.ok('DELETE', `/v1/dead-letters/${id}`);
  });
});
