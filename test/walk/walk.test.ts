import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, Hawser } from '../support/hawser.ts';
import { depthOf } from '../support/queues.ts';
import { answer, hang, Receiver } from '../support/receiver.ts';

interface DeliveryResponse {
  readonly id: string;
  readonly status: string;
  readonly attempts: {
    number: number;
    status_code: number | null;
    error_code: string | null;
    duration_ms: number;
    response_body: string | null;
  }[];
}

const push = readFileSync(resolve(import.meta.dirname, '../fixtures/github-push.json'));
const githubHeaders = {
  'Content-Type': 'application/json',
  'User-Agent': 'GitHub-Hookshot/044aadd',
  'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  'X-GitHub-Event': 'push',
  'X-Hub-Signature-256': 'sha256=d57c68ca6f92289e6987922ff26938930f6e66a2d161ef06abdf1859230aa23c',
};

let hawser: Hawser;
let receiver: Receiver;
beforeAll(async () => {
  hawser = await Hawser.start();
});
afterAll(() => hawser.dispose());
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.stop());

/** Sends a webhook; it must be accepted. */
async function send(
  ingestUrl: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await fetch(ingestUrl, { method: 'POST', body, headers });
  expect(response.status).toBe(200);
  const { id } = (await response.json()) as { id: string };
  expect(id).toMatch(/^evt_[0-9a-f]{32}$/);
  return id;
}

async function deliveriesOf(eventId: string): Promise<DeliveryResponse[]> {
  const { body } = await hawser.api<{ deliveries: { id: string }[] }>('GET', `/v1/events/${eventId}`);
  const answers = await Promise.all(
    body.deliveries.map(({ id }) => hawser.api<DeliveryResponse>('GET', `/v1/deliveries/${id}`)),
  );
  return answers.map(({ body: delivery }) => delivery);
}

async function deliveryWith(eventId: string, status: string): Promise<DeliveryResponse> {
  return eventually(`a delivery of ${eventId} that is ${status}`, async () =>
    (await deliveriesOf(eventId)).find((delivery) => delivery.status === status),
  );
}

async function deadLetterDepth(): Promise<number> {
  return (await depthOf(hawser, /DeliveryQueueDeadLetters/)).waiting;
}

describe('a webhook', () => {
  it('a webhook arrives signed, with the same bytes and headers and the ids of its event', async () => {
    const { ingestUrl, destinations } = await hawser.route('github', { url: receiver.url });
    const eventId = await send(ingestUrl, new Uint8Array(push), githubHeaders);
    await receiver.until((received) => received.length === 1);
    const [got] = receiver.received;
    expect(Buffer.compare(got?.body ?? Buffer.alloc(0), push)).toBe(0);
    const lower = Object.fromEntries(Object.entries(githubHeaders).map(([name, value]) => [name.toLowerCase(), value]));
    expect(got?.headers).toMatchObject({
      ...lower,
      'webhook-id': eventId,
      'x-hawser-event-id': eventId,
      'x-hawser-attempt-count': '1',
      'x-hawser-event-url': `${hawser.url}/events/${eventId}`,
    });
    const [destination] = destinations;
    expect(destination?.secret).toMatch(/^whsec_/);
    const verified = new Webhook(destination?.secret ?? '').verify(
      got?.body.toString() ?? '',
      got?.headers as Record<string, string>,
    );
    expect(verified).toEqual(JSON.parse(push.toString()));
    const delivery = await deliveryWith(eventId, 'succeeded');
    expect(delivery.attempts).toMatchObject([{ number: 1, status_code: 200, response_body: 'ok' }]);
  });

  const form = new URLSearchParams({ name: 'hawser', note: 'a b&c' }).toString();
  it.each([
    ['gzip', gzipSync(push), { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
    ['3 MB', Buffer.alloc(3_000_000, 'hawser '), { 'content-type': 'text/plain' }],
    ['40 KB that no compression makes smaller', randomText(40_000), { 'content-type': 'application/octet-stream' }],
    ['empty', Buffer.alloc(0), {}],
    ['form data', Buffer.from(form), { 'content-type': 'application/x-www-form-urlencoded' }],
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x80]), { 'content-type': 'application/octet-stream' }],
  ])('a body arrives byte for byte: %s', async (_, body, headers) => {
    const { ingestUrl } = await hawser.route('bytes', { url: receiver.url });
    await send(ingestUrl, new Uint8Array(body), headers);
    await receiver.until((received) => received.length === 1);
    expect(Buffer.compare(receiver.received[0]?.body ?? Buffer.from('none'), body)).toBe(0);
    expect(receiver.received[0]?.headers).toMatchObject(headers);
  });

  it('a webhook goes only where filters let it through, and becomes a dead letter where one can not be evaluated', async () => {
    const { ingestUrl, destinations } = await hawser.route('filtered', { url: receiver.url }, { url: receiver.url });
    const [pushes, others] = await Promise.all(
      destinations.map(async ({ id }) => {
        const path = `/v1/connections?destination_id=${id}`;
        const { body } = await hawser.api<{ connections: { id: string }[] }>('GET', path);
        return body.connections[0]?.id;
      }),
    );
    const repository = { id: { $gt: 1 }, full_name: { $regex: '/' } };
    await hawser.api('PATCH', `/v1/connections/${pushes}`, { filter: { body: { repository } } });
    await hawser.api('PATCH', `/v1/connections/${others}`, {
      filter: { $not: { headers: { 'x-github-event': 'push' } } },
    });
    const eventId = await send(ingestUrl, new Uint8Array(push), githubHeaders);
    await deliveryWith(eventId, 'succeeded');
    expect(await deliveriesOf(eventId)).toHaveLength(1);
    const { body: event } = await hawser.api('GET', `/v1/events/${eventId}`);
    expect(event.filtered).toMatchObject([{ connection_id: others }]);
    const formId = await send(ingestUrl, new Uint8Array(Buffer.from(form)));
    const dead = await deliveryWith(formId, 'dead');
    expect(dead).toMatchObject({ reason: 'filter_failed', reason_message: 'the body is not JSON' });
    expect((await hawser.api('DELETE', `/v1/dead-letters/${dead.id}`)).status).toBe(200);
    await receiver.until((received) => received.length === 2);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId, formId]));
  });

  it('a transformed webhook is sent and signed as its transform returns it, and a dropped one is not sent', async () => {
    const transform = `function transform(event) {
      if (event.json.deleted) return null;
      return { path: '/' + event.json.repository.id, body: { ref: event.json.ref, of: event.headers['x-github-event'] } };
    }`;
    const { ingestUrl, destinations } = await hawser.route('transformed', { url: receiver.url, transform });
    const eventId = await send(ingestUrl, new Uint8Array(push), githubHeaders);
    await receiver.until((received) => received.length === 1);
    const [got] = receiver.received;
    const { ref, repository } = JSON.parse(push.toString());
    expect(got).toMatchObject({ url: `/hook/${repository.id}`, headers: { 'webhook-id': eventId } });
    const verified = new Webhook(destinations[0]?.secret ?? '').verify(
      got?.body.toString() ?? '',
      got?.headers as Record<string, string>,
    );
    expect(verified).toEqual({ ref, of: 'push' });
    await deliveryWith(eventId, 'succeeded');
    const droppedId = await send(ingestUrl, new Uint8Array(Buffer.from('{"deleted":true}')), githubHeaders);
    expect(await deliveryWith(droppedId, 'cancelled')).toMatchObject({ reason: 'dropped_by_transform' });
    expect(receiver.received).toHaveLength(1);
  });

  it('a delivery counts in the health of its destination', async () => {
    const { ingestUrl, destinations } = await hawser.route('counted', { url: receiver.url });
    const ids = await Promise.all(Array.from({ length: 25 }, () => send(ingestUrl, new Uint8Array(push))));
    const path = `/v1/destinations/${destinations[0]?.id}`;
    const health = await eventually('the health of 25 deliveries', async () => {
      const { body } = await hawser.api('GET', `${path}/health?window=1h`);
      return body.total_deliveries === ids.length ? body : undefined;
    });
    expect(health).toMatchObject({ status: 'healthy', success_rate: 100, failed_deliveries: 0 });
    expect(health.p50_latency_ms).toBeLessThanOrEqual(Number(health.p99_latency_ms));
    expect((await hawser.api('GET', path)).body).toMatchObject({ delivery_count: ids.length, success_rate: 100 });
  });

  it('a webhook over the limit is refused with 413 that names the limit', async () => {
    const { ingestUrl, sourceId } = await hawser.route('large', { url: receiver.url });
    for (const bytes of [4_500_001, 6_000_000, 11_000_000]) {
      const response = await fetch(ingestUrl, { method: 'POST', body: new Uint8Array(bytes) });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({
        code: 'PAYLOAD_TOO_LARGE',
        message: expect.stringContaining('4,500,000'),
        request_id: expect.any(String),
      });
    }
    const events = await hawser.api<{ events: unknown[] }>('GET', `/v1/events?source_id=${sourceId}`);
    expect(events.body.events).toEqual([]);
  });

  it('a webhook for an unknown source is refused with 404', async () => {
    const response = await fetch(`${hawser.url}/in/src_${'0'.repeat(12)}7${'0'.repeat(3)}8${'0'.repeat(15)}`, {
      method: 'POST',
      body: '{}',
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND' });
  });

  it('a webhook reaches three destinations in parallel: one that hangs does not delay the others', async () => {
    const hanging = await Receiver.start();
    hanging.behave = hang;
    const { ingestUrl } = await hawser.route(
      'three',
      { url: receiver.url },
      { url: hanging.url, timeout_seconds: 3, retry_max_attempts: 0 },
      { url: `${receiver.url}/second` },
    );
    const eventId = await send(ingestUrl, new Uint8Array(push), githubHeaders);
    await receiver.until((received) => received.length === 2);
    await eventually('two deliveries recorded while the third hangs', async () => {
      const statuses = (await deliveriesOf(eventId)).map(({ status }) => status).sort();
      return statuses.join() === 'pending,succeeded,succeeded';
    });
    const timedOut = await deliveryWith(eventId, 'dead');
    expect(timedOut.attempts).toMatchObject([{ error_code: 'TIMEOUT', status_code: null }]);
    await hanging.stop();
    expect((await hawser.api('DELETE', `/v1/dead-letters/${timedOut.id}`)).status).toBe(200);
    expect(await deadLetterDepth()).toBe(0);
  });
});

describe('a receiver that fails', () => {
  it('a receiver that fails twice gets the webhook at the third attempt, and the log has all three', async () => {
    receiver.behave = (webhook, response) =>
      receiver.received.length < 3
        ? answer(503, 'not yet')(webhook, response)
        : answer(200, 'at last')(webhook, response);
    const { ingestUrl } = await hawser.route('flaky', { url: receiver.url, retry_intervals: [1, 2] });
    const eventId = await send(ingestUrl, new Uint8Array(push), githubHeaders);
    const delivery = await deliveryWith(eventId, 'succeeded');
    expect(delivery.attempts).toMatchObject([
      { number: 1, status_code: 503, response_body: 'not yet', duration_ms: expect.any(Number) },
      { number: 2, status_code: 503, response_body: 'not yet', duration_ms: expect.any(Number) },
      { number: 3, status_code: 200, response_body: 'at last', duration_ms: expect.any(Number) },
    ]);
    expect(receiver.received.map(({ headers }) => headers['x-hawser-attempt-count'])).toEqual(['1', '2', '3']);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([eventId]));
  });

  it('deliveries to a receiver that keeps failing are held, and arrive once a probe has succeeded', async () => {
    receiver.behave = answer(503, 'down');
    const { ingestUrl, destinations } = await hawser.route('held', {
      url: receiver.url,
      retry_max_attempts: 0,
      circuit_breaker: { failure_threshold: 2, cooldown_seconds: 2 },
    });
    const circuit = async () => (await hawser.api('GET', `/v1/destinations/${destinations[0]?.id}/circuit`)).body;
    await send(ingestUrl, new Uint8Array(push), githubHeaders);
    await send(ingestUrl, new Uint8Array(push), githubHeaders);
    await eventually('an open circuit', async () => (await circuit()).state === 'open');
    receiver.behave = answer(200, 'mended');
    const before = receiver.received.length;
    const held = await Promise.all(Array.from({ length: 20 }, () => send(ingestUrl, new Uint8Array(push))));
    await eventually('a closed circuit', async () => (await circuit()).state === 'closed');
    await receiver.until((received) => received.length === before + held.length);
    for (const eventId of held) await deliveryWith(eventId, 'succeeded');
    const { body: dead } = await hawser.api<{ dead_letters: { id: string }[] }>('GET', '/v1/dead-letters');
    for (const { id } of dead.dead_letters) await hawser.api('DELETE', `/v1/dead-letters/${id}`);
  });

  it('a delivery that always fails is a dead letter in queue and list, and a replay delivers it and empties both', async () => {
    expect(await deadLetterDepth()).toBe(0);
    receiver.behave = answer(500, 'broken');
    const { ingestUrl } = await hawser.route('dead', {
      url: receiver.url,
      retry_intervals: [1],
      retry_max_attempts: 1,
    });
    const eventId = await send(ingestUrl, new Uint8Array(push), githubHeaders);
    const dead = await deliveryWith(eventId, 'dead');
    expect(dead.attempts).toHaveLength(2);
    expect(await deadLetterDepth()).toBe(1);
    const listed = await hawser.api<{ dead_letters: { id: string }[] }>('GET', '/v1/dead-letters');
    expect(listed.body.dead_letters.map(({ id }) => id)).toEqual([dead.id]);

    receiver.behave = answer(200, 'mended');
    const replay = await hawser.api('POST', `/v1/dead-letters/${dead.id}/replay`);
    expect(replay.status).toBe(200);
    const delivered = await deliveryWith(eventId, 'succeeded');
    expect(delivered.id).toBe(dead.id);
    expect(delivered.attempts).toHaveLength(3);
    expect(await deadLetterDepth()).toBe(0);
    const after = await hawser.api<{ dead_letters: unknown[] }>('GET', '/v1/dead-letters');
    expect(after.body.dead_letters).toEqual([]);
  });
});

describe('a replay', () => {
  type Replay = { id: string; status: string; replayed: number };
  const completed = (id: string) =>
    eventually(`the end of ${id}`, async () => {
      const { body } = await hawser.api<Replay>('GET', `/v1/replays/${id}`);
      return body.status === 'completed' && body;
    });

  it('a replay delivers many dead letters and empties their queue', async () => {
    receiver.behave = answer(500, 'broken');
    const { ingestUrl, destinations } = await hawser.route('many', {
      url: receiver.url,
      retry_max_attempts: 0,
      circuit_breaker: { enabled: false },
    });
    const ids = await Promise.all(Array.from({ length: 25 }, () => send(ingestUrl, new Uint8Array(push))));
    await eventually('their messages', async () => (await deadLetterDepth()) === ids.length);
    for (const id of ids) await deliveryWith(id, 'dead');
    receiver.behave = answer(200, 'mended');
    const body = { destination_id: destinations[0]?.id };
    const begun = await hawser.api<Replay>('POST', '/v1/dead-letters/replay', body);
    expect(begun.status).toBe(202);
    expect(await completed(begun.body.id)).toMatchObject({ replayed: ids.length });
    for (const id of ids) await deliveryWith(id, 'succeeded');
    await eventually('the end of their messages', async () => (await deadLetterDepth()) === 0);
  });

  it('a replay sends a destination that was connected late what it has missed', async () => {
    const { ingestUrl, sourceId } = await hawser.route('late', { url: receiver.url });
    const ids = await Promise.all(Array.from({ length: 5 }, () => send(ingestUrl, new Uint8Array(push))));
    // Waits for the fan-out: otherwise the events would go to the late destination by themselves.
    await receiver.until((received) => received.length === ids.length);
    const late = await hawser.api<{ id: string }>('POST', `/v1/sources/${sourceId}/destinations`, {
      url: `${receiver.url}/late`,
    });
    const begun = await hawser.api<Replay>('POST', `/v1/destinations/${late.body.id}/replay`, {});
    expect(await completed(begun.body.id)).toMatchObject({ replayed: ids.length });
    const missed = () => receiver.received.filter(({ url }) => url.endsWith('/late'));
    await receiver.until(() => missed().length === ids.length);
    expect(
      missed()
        .map(({ headers }) => headers['webhook-id'])
        .sort(),
    ).toEqual(ids.sort());
  });
});

function randomText(bytes: number): Buffer {
  let state = 12_345;
  return Buffer.from(
    Array.from({ length: bytes }, () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
      return state >> 16;
    }),
  );
}
