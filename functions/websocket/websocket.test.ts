import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAX_CLIENTS } from '../../core/clients/client.ts';
import { type DeliveryJob, firstJob } from '../../core/deliveries/delivery.ts';
import { newId } from '../../core/ids.ts';
import { newSecretText } from '../../core/secrets/secret-text.ts';
import { resourceNames } from '../../test/support/services.ts';
import { type Routes, type TestClient, WebSocketApiUnderTest } from '../../test/support/web-socket-clients.ts';
import { managementHandler } from '../management/http/management-handler.ts';
import { servicesFromEnvironment } from '../management/services.ts';
import { ApiUnderTest } from '../management/testing/api.fixture.ts';
import { callHandler, ROOT_KEY } from '../management/testing/gateway.fixture.ts';
import { decodeMessage } from '../messages/delivery.ts';
import { variable } from '../shared/environment.ts';
import { ClientStore } from '../stores/clients/client-store.ts';
import { DeliveryLog } from '../stores/deliveries/delivery-log.ts';

/** The exported handler behind a WebSocket API with real clients, over the embedded services. */

let api: ApiUnderTest;
let sockets: WebSocketApiUnderTest;
let route: Routes;
let store: ClientStore;
/** The destination, which each test makes for itself. */
let id: string;
let key: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  const { services } = api;
  process.env[variable.clientsEndpoint] = `${services.endpointUrl}/live`;
  const { handler } = await import('./handler.ts');
  route = (event) => handler(event, {} as never);
  sockets = await WebSocketApiUnderTest.start(services, route);
  store = new ClientStore({ dynamodb: services.clients.dynamodb, table: resourceNames.clients });
  ({ key } = await api.newKey('write'));
});
afterAll(async () => {
  await sockets.close();
  await api.close();
});
beforeEach(async () => {
  id = await newDestination();
});

async function newDestination(body: object = { type: 'websocket' }, organization = 'default'): Promise<string> {
  return (await api.ok('POST', '/v1/destinations', { body, organization })).id;
}

const destinationId = () => id as `dst_${string}` as Parameters<ClientStore['of']>[0];
const listed = () => store.of(destinationId(), Date.now());
const newTicket = async (options: object = {}): Promise<string> =>
  (await api.ok('POST', `/v1/destinations/${id}/tickets`, options)).ticket;
const byKey = (text = key, destination = id) =>
  sockets.connect(`?destination_id=${destination}`, { authorization: `Bearer ${text}` });

/** Expects only the status: no reason, and nobody is listed. */
async function expectRefused(attempt: Promise<TestClient>, status = 401): Promise<void> {
  await expect(attempt).rejects.toThrow(`Unexpected server response: ${status}`);
}

async function leave(client: TestClient): Promise<void> {
  client.webSocket.close();
  await client.closed;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  await expect.poll(holds, { timeout: 10_000 }).toBe(true);
}

/** The messages sent so that held deliveries are released. */
async function releases(): Promise<unknown[]> {
  const { simulators, deliveryQueue, clock } = api.services;
  await clock.advance(1_000);
  const messages = await simulators.sqs.receiveMessages(deliveryQueue.queueArn, { maxMessages: 1_000, waitTimeMs: 0 });
  await simulators.sqs.deleteMessages(
    deliveryQueue.queueArn,
    messages.map(({ receiptHandle }) => receiptHandle),
  );
  return messages
    .map(({ body }) => decodeMessage(body))
    .filter((message) => 'atMs' in message && message.destinationId === id);
}

describe('a client that connects', () => {
  it('a client with a ticket is listed until it leaves', async () => {
    const { ticket, url, expires_at } = await api.ok('POST', `/v1/destinations/${id}/tickets`);
    expect(url).toBe(`wss://clients.example.com/live?ticket=${ticket}`);
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(50_000);
    expect(Date.parse(expires_at) - Date.now()).toBeLessThanOrEqual(60_000);
    const client = await sockets.connect(`?ticket=${ticket}`);
    const { clients } = await api.ok('GET', `/v1/destinations/${id}/clients`);
    expect(clients).toEqual([{ id: (await listed())[0]?.id, connected_at: expect.any(String) }]);
    await leave(client);
    await until(async () => (await listed()).length === 0);
    expect(api.storedText(resourceNames.clients)).not.toContain(id);
  });

  it.each(['authorization', 'x-api-key'])('a key is accepted in the header %s', async (name) => {
    const value = name === 'authorization' ? `Bearer ${key}` : key;
    const client = await sockets.connect(`?destination_id=${id}`, { [name]: value });
    expect(await listed()).toHaveLength(1);
    await leave(client);
  });

  it('a disabled destination accepts clients', async () => {
    await api.ok('PATCH', `/v1/destinations/${id}`, { body: { enabled: false } });
    await leave(await sockets.connect(`?ticket=${await newTicket()}`));
  });

  it('a new client triggers the release of what the destination holds', async () => {
    await releases();
    const before = Date.now();
    const client = await byKey();
    const [release, ...others] = await releases();
    expect(others).toEqual([]);
    expect(release).toMatchObject({ destinationId: id, atMs: expect.any(Number) });
    expect((release as { atMs: number }).atMs).toBeGreaterThanOrEqual(before);
    expect(release).not.toHaveProperty('epoch');
    await leave(client);
  });

  it('the use of its key is recorded', async () => {
    const fresh = await api.newKey('write');
    const client = await byKey(fresh.key);
    const { api_keys } = await api.ok('GET', '/v1/api-keys', { query: { limit: '100' } });
    const shown = api_keys.find((one: { id: string }) => one.id === fresh.id);
    expect(shown.last_used_at).not.toBeNull();
    await leave(client);
  });
});

describe('a refused client', () => {
  it('a client without ticket and key is refused', async () => {
    await expectRefused(sockets.connect(''));
    await expectRefused(sockets.connect(`?destination_id=${id}`));
  });

  it.each(['', 'wrong', newSecretText('hwt'), `${newSecretText('hwt')}x`, `hwt_${'é'.repeat(43)}`])(
    'a client with the ticket "%s" is refused',
    (ticket) => expectRefused(sockets.connect(`?ticket=${encodeURIComponent(ticket)}`)),
  );

  it('a used ticket is refused', async () => {
    const ticket = await newTicket();
    const client = await sockets.connect(`?ticket=${ticket}`);
    await expectRefused(sockets.connect(`?ticket=${ticket}`));
    await leave(client);
  });

  it('only one of ten simultaneous uses of a ticket is accepted', async () => {
    const ticket = await newTicket();
    const all = await Promise.allSettled(Array.from({ length: 10 }, () => sockets.connect(`?ticket=${ticket}`)));
    const inside = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(inside).toHaveLength(1);
    await Promise.all(inside.map(leave));
  });

  it('a ticket older than a minute is refused', async () => {
    const past = managementHandler({ ...servicesFromEnvironment(), now: () => new Date(Date.now() - 60_001) });
    const { body } = await callHandler(past, 'POST', `/v1/destinations/${id}/tickets`);
    await expectRefused(sockets.connect(`?ticket=${body.ticket}`));
  });

  it('a ticket is refused once its key is revoked', async () => {
    const fresh = await api.newKey('write');
    const ticket = await newTicket({ key: fresh.key });
    await api.ok('DELETE', `/v1/api-keys/${fresh.id}`);
    await expectRefused(sockets.connect(`?ticket=${ticket}`));
  });

  it.each(['DELETE', 'archive'])('a ticket is refused once its destination is gone: %s', async (how) => {
    const ticket = await newTicket();
    const path = `/v1/destinations/${id}`;
    await (how === 'DELETE' ? api.ok('DELETE', path) : api.ok('POST', `${path}/archive`));
    await expectRefused(sockets.connect(`?ticket=${ticket}`));
  });

  it('a key that is wrong, revoked, expired or read-only is refused, and so is the root key', async () => {
    const revoked = await api.newKey('write');
    await api.ok('DELETE', `/v1/api-keys/${revoked.id}`);
    const { key: reading } = await api.newKey('read');
    const past = managementHandler({ ...servicesFromEnvironment(), now: () => new Date(Date.now() - 60_000) });
    const expires_at = new Date(Date.now() - 1_000).toISOString();
    const expired = await callHandler(past, 'POST', '/v1/api-keys', {
      body: { name: 'old', scope: 'admin', expires_at },
    });
    for (const text of ['wrong', newSecretText('hwk'), revoked.key, expired.body.key, reading, ROOT_KEY]) {
      await expectRefused(byKey(text));
    }
  });

  it('a key is refused for a destination of another organization, an unknown one, or one without clients', async () => {
    await api.ok('POST', '/v1/organizations', { body: { name: 'strangers' } });
    const theirs = await newDestination({ type: 'websocket' }, 'strangers');
    const http = await newDestination({ url: 'https://example.com/' });
    for (const destination of [theirs, http, newId('dst'), 'dst_1', '']) {
      await expectRefused(byKey(key, destination));
    }
    const { key: stranger } = await api.newKey('admin', 'strangers');
    await expectRefused(byKey(stranger));
  });

  it('a refused client leaves no rows behind', async () => {
    const before = api.storedText(resourceNames.clients);
    await expectRefused(byKey('wrong'));
    await expectRefused(sockets.connect(`?ticket=${newSecretText('hwt')}`));
    expect(api.storedText(resourceNames.clients)).toBe(before);
  });
});

it(`a destination accepts ${MAX_CLIENTS} clients, and another one when one has left`, async () => {
  const others = Array.from({ length: MAX_CLIENTS }, (_, index) => ({
    id: `client-${index}`,
    destinationId: destinationId(),
    connectedAtMs: Date.now(),
    keyDigest: null,
  }));
  await Promise.all(others.map((client) => store.add(client)));
  await expectRefused(byKey(), 429);
  await store.removeById('client-7');
  await leave(await byKey());
});

it('the rows of a client that vanishes silently expire ten minutes after the longest possible connection', async () => {
  const before = Date.now();
  const client = await byKey();
  const rows = api
    .storedText(resourceNames.clients)
    .split('\n')
    .filter((row) => row.includes(id));
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    const expiresAt = Number(JSON.parse(row).expires_at.N);
    expect(expiresAt - before / 1000).toBeGreaterThanOrEqual(7_800);
    expect(expiresAt - before / 1000).toBeLessThan(7_860);
  }
  await leave(client);
});

it('a client listed for longer than a connection can last is not counted', async () => {
  const twoHoursAndTenMinutes = 130 * 60_000;
  await store.add({
    id: 'of-yesterday',
    destinationId: destinationId(),
    connectedAtMs: Date.now() - twoHoursAndTenMinutes - 1_000,
    keyDigest: null,
  });
  expect(await listed()).toEqual([]);
});

describe('a message of a client', () => {
  it('a ping is answered with a pong', async () => {
    const client = await byKey();
    client.send('{"action":"ping"}');
    expect(JSON.parse(await client.next())).toEqual({ type: 'pong' });
    await leave(client);
  });

  it('an invalid message is answered with an error, and the client stays connected', async () => {
    const client = await byKey();
    client.send('hello');
    expect(JSON.parse(await client.next())).toMatchObject({ type: 'error', code: 'INVALID_MESSAGE' });
    client.send('{"action":"result","event_id":"evt_1"}');
    expect(JSON.parse(await client.next())).toMatchObject({ type: 'error', code: 'INVALID_MESSAGE' });
    client.send('{"action":"results"}');
    expect(JSON.parse(await client.next())).toMatchObject({ type: 'error', code: 'UNKNOWN_ACTION' });
    client.send('{"action":"ping"}');
    expect(JSON.parse(await client.next())).toEqual({ type: 'pong' });
    await leave(client);
  });

  it('a client may leave before its message is answered', async () => {
    const client = await byKey();
    const connectionId = (await listed())[0]?.id;
    await leave(client);
    await until(async () => (await listed()).length === 0);
    const requestContext = { routeKey: '$default', connectionId, requestId: 'test' };
    expect(await route({ requestContext, body: '{"action":"ping"}' })).toMatchObject({ statusCode: 200 });
  });
});

describe('the answer of the program behind a client', () => {
  /** An event that reached the destination in one attempt, as delivery logs it. */
  async function delivered(): Promise<DeliveryJob> {
    const source = await api.ok('POST', '/v1/sources', { body: { name: 'told' } });
    const body = { source_id: source.id, destination_id: id };
    const connection = await api.ok('POST', '/v1/connections', { body });
    const event = await api.ok('POST', '/v1/events', { body: { source_id: source.id, body: '{}' } });
    const { organization_id: organizationId } = await api.ok('GET', '/v1/session');
    return firstJob(
      { id: event.id, organizationId, sourceId: source.id },
      { id: connection.id, destinationId: destinationId() },
    );
  }

  async function logAttempt(job: DeliveryJob): Promise<void> {
    const log = new DeliveryLog({
      dynamodb: api.services.clients.dynamodb,
      table: resourceNames.deliveries,
      retentionDays: 30,
    });
    const response = { statusCode: 200, headers: [], body: Buffer.from('{"reached":1}'), bodyTruncated: false };
    await log.recordAttempt(
      job,
      { number: 1, startedAtMs: 1, durationMs: 1, requestHeaders: [], response },
      { status: 'succeeded' },
    );
  }

  const tell = (client: TestClient, job: DeliveryJob, more: object) =>
    client.send(JSON.stringify({ action: 'result', delivery_id: job.deliveryId, attempt: 1, duration_ms: 7, ...more }));
  const shown = async (job: DeliveryJob) =>
    (await api.ok('GET', `/v1/deliveries/${job.deliveryId}`)).attempts[0]?.client_answer;
  /** Waits for the pong, which comes after everything that the client has said before. */
  async function settled(client: TestClient): Promise<void> {
    client.send('{"action":"ping"}');
    expect(JSON.parse(await client.next())).toEqual({ type: 'pong' });
  }

  it('the attempt shows the answer, even if it came before the attempt was logged', async () => {
    const job = await delivered();
    const client = await byKey();
    tell(client, job, { status_code: 503, headers: { 'Retry-After': '5' }, body: 'busy' });
    await until(async () => api.storedText(resourceNames.deliveries).includes(`${job.deliveryId}#answer#1`));
    await logAttempt(job);
    expect(await shown(job)).toEqual({
      answered_at: expect.any(String),
      duration_ms: 7,
      status_code: 503,
      error_code: null,
      error_message: null,
      headers: { 'Retry-After': '5' },
      body: 'busy',
      body_encoding: 'utf8',
      body_truncated: false,
    });
    // The report decides nothing: the client had the webhook.
    const { deliveries } = await api.ok('GET', '/v1/deliveries', { query: { destination_id: id } });
    expect(deliveries).toMatchObject([{ id: job.deliveryId, status: 'succeeded', status_code: 200 }]);
    tell(client, job, { error_code: 'CONNECTION_REFUSED', error_message: 'nobody listens' });
    await until(async () => (await shown(job)).error_code === 'CONNECTION_REFUSED');
    await leave(client);
  });

  it('an answer for a delivery to another destination is not shown', async () => {
    const job = await delivered();
    await logAttempt(job);
    const stranger = await byKey(key, await newDestination());
    tell(stranger, job, { status_code: 200 });
    await settled(stranger);
    await until(async () => api.storedText(resourceNames.deliveries).includes(`${job.deliveryId}#answer#1`));
    expect(await shown(job)).toBeNull();
    await leave(stranger);
  });

  it('an answer from a client whose key was revoked is not stored', async () => {
    const job = await delivered();
    await logAttempt(job);
    const fresh = await api.newKey('write');
    const [client, valid] = [await byKey(fresh.key), await byKey()];
    await api.ok('DELETE', `/v1/api-keys/${fresh.id}`);
    tell(client, job, { status_code: 500 });
    await settled(client);
    tell(valid, job, { attempt: 2, status_code: 204 });
    await until(async () => api.storedText(resourceNames.deliveries).includes(`${job.deliveryId}#answer#2`));
    expect(await shown(job)).toBeNull();
    await Promise.all([client, valid].map(leave));
  });
});

it('tickets and keys are not stored in the clients table', async () => {
  const ticket = await newTicket();
  const client = await byKey();
  const stored = api.storedText(resourceNames.clients);
  expect(stored).not.toContain(ticket.slice(4));
  expect(stored).not.toContain(key.slice(4));
  await leave(client);
});
