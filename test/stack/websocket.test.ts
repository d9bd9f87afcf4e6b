import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Hawser } from '../support/hawser.ts';
import { TestClient } from '../support/web-socket-clients.ts';

/** Clients of a WebSocket destination, through the deployed bundles and the WebSocket API of `npm start`. */

let hawser: Hawser;
beforeAll(async () => {
  hawser = await Hawser.start();
});
afterAll(() => hawser.dispose());

interface Route {
  readonly id: string;
  readonly ingestUrl: string;
}

async function newRoute(name: string, settings: object = {}): Promise<Route> {
  const { ingestUrl, destinations } = await hawser.route(name, { type: 'websocket', ...settings });
  return { ingestUrl, id: destinations[0]?.id ?? '' };
}

async function send({ ingestUrl }: Route, body: string): Promise<string> {
  const response = await fetch(ingestUrl, { method: 'POST', headers: { 'x-shop': 'one' }, body });
  return ((await response.json()) as { id: string }).id;
}

/** Connects with a ticket. */
async function connect({ id }: Route): Promise<TestClient> {
  const { status, body } = await hawser.api<{ url: string }>('POST', `/v1/destinations/${id}/tickets`);
  expect(status).toBe(201);
  return TestClient.connect(body.url);
}

const next = async (client: TestClient) => JSON.parse(await client.next());

const deliveryOf = (eventId: string, status: string) =>
  eventually(`the delivery of ${eventId} is ${status}`, async () => {
    const { body } = await hawser.api<{ deliveries: { id: string; status: string }[] }>('GET', `/v1/events/${eventId}`);
    return body.deliveries.find((delivery) => delivery.status === status);
  });

async function leave({ id }: Route, client: TestClient): Promise<void> {
  client.webSocket.close();
  await client.closed;
  await eventually('nobody is listed', async () => {
    const { body } = await hawser.api<{ clients: object[] }>('GET', `/v1/destinations/${id}/clients`);
    return body.clients.length === 0;
  });
}

describe('a webhook for a WebSocket destination', () => {
  it('a webhook reaches every client, and a large one as a reference to the API', async () => {
    const route = await newRoute('orders');
    const clients = [await connect(route), await connect(route)];
    const eventId = await send(route, '{"order": 12345678901234567890}');
    for (const client of clients) {
      expect(await next(client)).toMatchObject({
        type: 'event',
        event_id: eventId,
        attempt: 1,
        body: '{"order": 12345678901234567890}',
        headers: { 'x-shop': 'one' },
      });
    }
    expect(await deliveryOf(eventId, 'succeeded')).toMatchObject({ attempt_count: 1, status_code: 200 });
    const large = 'x'.repeat(200_000);
    await send(route, large);
    const { body, body_url } = await next(clients[0] as TestClient);
    expect(body).toBeNull();
    expect((await hawser.api<{ body: string }>('GET', body_url)).body.body).toBe(large);
    for (const client of clients) client.webSocket.close();
  });

  it('a webhook is held while no client is connected, and arrives as soon as one is', async () => {
    const route = await newRoute('held');
    const events = [await send(route, 'first'), await send(route, 'second')];
    for (const id of events) expect(await deliveryOf(id, 'held')).toMatchObject({ attempt_count: 0 });
    const client = await connect(route);
    const bodies = [await next(client), await next(client)].map(({ body }) => body);
    expect(bodies.toSorted()).toEqual(['first', 'second']);
    await leave(route, client);
    const later = await send(route, 'third');
    await deliveryOf(later, 'held');
    const another = await connect(route);
    expect(await next(another)).toMatchObject({ event_id: later, body: 'third' });
    another.webSocket.close();
  });

  it('webhooks of an ordered destination keep their order while they are held', async () => {
    const route = await newRoute('in-order', { ordering: 'fifo' });
    for (const body of ['1', '2', '3', '4', '5']) await send(route, body);
    const client = await connect(route);
    const bodies: string[] = [];
    while (bodies.length < 5) bodies.push((await next(client)).body);
    expect(bodies).toEqual(['1', '2', '3', '4', '5']);
    client.webSocket.close();
  });

  it('a webhook fails while no client is connected, if the destination is configured so', async () => {
    const route = await newRoute('failing', { config: { without_clients: 'fail' }, retry_max_attempts: 0 });
    expect(await deliveryOf(await send(route, '{}'), 'dead')).toMatchObject({ error_code: 'NO_CLIENTS' });
  });
});

describe('a destination whose attempts wait for the answer', () => {
  const config = { wait_for: 'answer' };

  interface Message {
    readonly delivery_id: string;
    readonly attempt: number;
    readonly body: string;
  }
  const tell = (client: TestClient, { delivery_id, attempt }: Message, result: object) =>
    client.send(JSON.stringify({ action: 'result', delivery_id, attempt, duration_ms: 3, ...result }));

  it('the answer of the client is the response of the attempt, and a refusal is retried', async () => {
    const route = await newRoute('answered', { config, timeout_seconds: 60, retry_intervals: [1] });
    const client = await connect(route);
    const eventId = await send(route, '{}');
    tell(client, await next(client), { status_code: 503, body: 'busy' });
    const again = await next(client);
    expect(again).toMatchObject({ event_id: eventId, attempt: 2 });
    tell(client, again, { status_code: 200, body: 'ok' });
    const { id } = await deliveryOf(eventId, 'succeeded');
    expect((await hawser.api('GET', `/v1/deliveries/${id}`)).body).toMatchObject({
      status_code: 200,
      attempts: [
        { status_code: 503, response_body: 'busy', client_answer: { status_code: 503, duration_ms: 3 } },
        { status_code: 200, response_body: 'ok', client_answer: { status_code: 200 } },
      ],
    });
    client.webSocket.close();
  });

  it('an attempt without an answer is a TIMEOUT, and a later answer is still shown', async () => {
    const route = await newRoute('silent', { config, timeout_seconds: 1, retry_max_attempts: 0 });
    const client = await connect(route);
    await send(route, '{}');
    const message = await next(client);
    const { id } = await deliveryOf(message.event_id, 'dead');
    tell(client, message, { status_code: 200 });
    const told = await eventually('it is told', async () => {
      const { body } = await hawser.api<{ attempts: { client_answer: object | null }[] }>(
        'GET',
        `/v1/deliveries/${id}`,
      );
      return body.attempts[0]?.client_answer != null && body;
    });
    expect(told).toMatchObject({
      status: 'dead',
      error_code: 'TIMEOUT',
      attempts: [{ status_code: null, client_answer: { status_code: 200 } }],
    });
    client.webSocket.close();
  });

  it('an ordered destination sends nothing before the earlier webhook is answered', async () => {
    const route = await newRoute('answered-in-order', { config, timeout_seconds: 60, ordering: 'fifo' });
    const other = await newRoute('answered-beside');
    const beside = await connect(other);
    // All three wait at once, so only the answers keep them apart.
    for (const body of ['1', '2', '3']) await send(route, body);
    const client = await connect(route);
    for (const sent of [['1'], ['1', '2'], ['1', '2', '3']]) {
      const message = await next(client);
      // A webhook to another client now takes longer than the next one of the line would.
      await send(other, '{}');
      await next(beside);
      expect(client.received.map((text) => JSON.parse(text).body)).toEqual(sent);
      tell(client, message, { status_code: 200 });
    }
    for (const one of [client, beside]) one.webSocket.close();
  });

  it('a test webhook waits for the answer, too', async () => {
    const route = await newRoute('answered-test', { config, timeout_seconds: 60 });
    const client = await connect(route);
    const trial = hawser.api('POST', `/v1/destinations/${route.id}/test`, {});
    tell(client, await next(client), { status_code: 422, body: 'no such order' });
    expect((await trial).body).toMatchObject({
      succeeded: false,
      attempt: { status_code: 422, response_body: 'no such order' },
    });
    client.webSocket.close();
  });
});

it('a client with a key connects and gets a pong, and a stranger gets nothing', async () => {
  const route = await newRoute('by-key');
  const { body } = await hawser.api<{ key: string }>('POST', '/v1/api-keys', { name: 'client', scope: 'write' });
  const url = `${hawser.url.replace('http', 'ws')}/live?destination_id=${route.id}`;
  const client = await TestClient.connect(url, [], { headers: { authorization: `Bearer ${body.key}` } });
  client.send('{"action":"ping"}');
  expect(await next(client)).toEqual({ type: 'pong' });
  await leave(route, client);
  await expect(TestClient.connect(url)).rejects.toThrow('401');
  await expect(TestClient.connect(url, [], { headers: { 'x-api-key': 'wrong' } })).rejects.toThrow('401');
});

it('the test of a destination without clients says that nobody is connected', async () => {
  const route = await newRoute('tried');
  const path = `/v1/destinations/${route.id}/test`;
  expect((await hawser.api('POST', path, {})).body).toMatchObject({
    succeeded: false,
    attempt: { error_code: 'NO_CLIENTS' },
  });
  const client = await connect(route);
  expect((await hawser.api('POST', path, {})).body).toMatchObject({ succeeded: true });
  expect(JSON.parse((await next(client)).body)).toMatchObject({ type: 'hawser.test' });
  client.webSocket.close();
});
