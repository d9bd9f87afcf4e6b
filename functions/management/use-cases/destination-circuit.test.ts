import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { DEFAULT_CIRCUIT_BREAKER, NEW_CIRCUIT, observe } from '../../../core/circuit/circuit.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type DeliveryId, newId } from '../../../core/ids.ts';
import { loseResponse } from '../../../test/support/lost-responses.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { decodeMessage, isDelivery } from '../../messages/delivery.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import { DestinationStore } from '../../stores/config/destinations.ts';
import { CircuitStore } from '../../stores/deliveries/circuits.ts';
import { DeliveryLog } from '../../stores/deliveries/delivery-log.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { callHandler } from '../testing/gateway.fixture.ts';
import { handlerWith } from '../testing/handler.fixture.ts';
import { type Connected, HistoryUnderTest } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
let id: string;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
});
beforeEach(async () => {
  id = (await api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook' } })).id;
});
afterAll(() => api.close());

const path = () => `/v1/destinations/${id}/circuit`;
const deliveriesTable = () => ({ dynamodb: api.services.clients.dynamodb, table: resourceNames.deliveries });

/** Opens the circuit as delivery does after five failures. */
async function openAt(atMs: number): Promise<void> {
  const circuits = new CircuitStore(deliveriesTable());
  const seen = { succeeded: false, failedAtMs: Array<number>(5).fill(atMs) };
  const open = () => observe(NEW_CIRCUIT, seen, DEFAULT_CIRCUIT_BREAKER, atMs);
  await circuits.change(idSchema('dst').parse(id), {
    known: NEW_CIRCUIT,
    change: open,
    beforeCommit: async () => {},
    nowMs: atMs,
  });
}

/** What is in the queue after so many seconds: destinations whose release was asked for, and deliveries. */
async function queued(afterSeconds: number): Promise<string[]> {
  await api.services.clock.advance(afterSeconds * 1000);
  const { Messages = [] } = await api.services.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: api.services.deliveryQueue.queueUrl, MaxNumberOfMessages: 10 }),
  );
  const messages = Messages.map(({ Body = '' }) => decodeMessage(Body));
  await api.services.clock.advance(1);
  return messages.map((message) => (isDelivery(message) ? message.job.deliveryId : message.destinationId));
}

describe('the circuit of a destination', () => {
  const closed = {
    state: 'closed',
    failure_count: 0,
    opened_at: null,
    next_probe_at: null,
    cooldown_seconds: null,
    last_failure_at: null,
  };

  it('a new circuit is closed', async () => {
    expect(await api.ok('GET', path())).toEqual({ destination_id: id, ...closed });
  });

  it('an open circuit says since when it is open and when it is probed', async () => {
    await openAt(Date.UTC(2026, 10, 22));
    expect(await api.ok('GET', path())).toEqual({
      destination_id: id,
      state: 'open',
      failure_count: 5,
      opened_at: '2026-11-22T00:00:00.000Z',
      next_probe_at: '2026-11-22T00:01:00.000Z',
      cooldown_seconds: 60,
      last_failure_at: '2026-11-22T00:00:00.000Z',
    });
  });

  it('a reset closes the circuit and releases what is held, and so does a second one', async () => {
    await openAt(Date.UTC(2026, 10, 22));
    const reset = { destination_id: id, ...closed, last_failure_at: '2026-11-22T00:00:00.000Z' };
    for (let times = 0; times < 2; times++) {
      expect(await api.ok('POST', `${path()}/reset`)).toEqual(reset);
      expect(await api.ok('GET', path())).toEqual(reset);
      expect(await queued(5)).toEqual([id]);
    }
  });
});

describe('a circuit breaker that is switched off', () => {
  const one = () => `/v1/destinations/${id}`;
  const off = { circuit_breaker: { enabled: false } };
  const state = async () => (await api.ok('GET', path())).state;

  it('switching the breaker off closes its circuit, which would otherwise stay open and hold deliveries once it is on again', async () => {
    await openAt(Date.now());
    await api.ok('PATCH', one(), { body: off });
    expect(await api.ok('GET', path())).toMatchObject({ state: 'closed', failure_count: 0, opened_at: null });
    const { open_circuits } = await api.ok('GET', '/v1/overview');
    expect(open_circuits.map(({ destination_id }: { destination_id: string }) => destination_id)).not.toContain(id);
    expect(await queued(5)).toEqual([id]);
  });

  it('held deliveries are released although closing the circuit failed, and a second try closes it', async () => {
    await openAt(Date.now());
    const circuits = Object.assign(new CircuitStore(deliveriesTable()), {
      change: () => Promise.reject(new Error('crash')),
    });
    const crashing = handlerWith({ circuits });
    expect(await callHandler(crashing, 'PATCH', one(), { body: off })).toMatchObject({ status: 500 });
    expect(await queued(5)).toEqual([id]);
    expect(await state()).toBe('open');
    expect(await api.ok('PATCH', one(), { body: off })).toMatchObject(off);
    expect(await state()).toBe('closed');
    expect(await queued(5)).toEqual([id]);
  });

  it('a breaker that is switched off again leaves its closed circuit unchanged', async () => {
    await openAt(Date.now());
    await api.ok('PATCH', one(), { body: { circuit_breaker: { failure_threshold: 9 } } });
    expect(await state()).toBe('open');
    await api.ok('PATCH', one(), { body: off });
    const circuits = new CircuitStore(deliveriesTable());
    const closedOnce = await circuits.get(idSchema('dst').parse(id));
    await api.ok('PATCH', one(), { body: off });
    expect(await circuits.get(idSchema('dst').parse(id))).toEqual(closedOnce);
    await queued(5);
  });
});

describe('the release of held deliveries', () => {
  it('enabling a destination releases what it holds, even if it was enabled before', async () => {
    const destination = await api.ok('POST', '/v1/destinations', {
      body: { url: 'https://example.com/hook', enabled: false },
    });
    expect(destination.enabled).toBe(false);
    const one = `/v1/destinations/${destination.id}`;
    expect((await api.ok('GET', '/v1/destinations', { query: { enabled: 'false' } })).destinations).toMatchObject([
      { id: destination.id },
    ]);
    for (let times = 0; times < 2; times++) {
      expect((await api.ok('PATCH', one, { body: { enabled: true } })).enabled).toBe(true);
      expect(await queued(5)).toEqual([destination.id]);
    }
    expect((await api.ok('PATCH', one, { body: { enabled: false } })).enabled).toBe(false);
    await api.ok('PATCH', one, { body: { name: 'renamed' } });
    expect(await queued(60)).toEqual([]);
  });

  it('changing the circuit breaker releases what the destination holds', async () => {
    const circuit_breaker = { enabled: false, failure_threshold: 5, cooldown_seconds: 60 };
    const body = { circuit_breaker: { enabled: false } };
    expect(await api.ok('PATCH', `/v1/destinations/${id}`, { body })).toMatchObject({ circuit_breaker });
    expect(await queued(5)).toEqual([id]);
  });

  it.each([{ ordering: 'none' }, { rate_limit: null }, { max_concurrency: 3 }])(
    'changing the pace releases what waits in the line: %o',
    async (body) => {
      await api.ok('PATCH', `/v1/destinations/${id}`, { body });
      expect(await queued(5)).toEqual([id]);
    },
  );

  it('archiving a destination releases what it holds', async () => {
    await api.ok('POST', `/v1/destinations/${id}/archive`);
    expect(await queued(5)).toEqual([id]);
  });

  it('deleting a destination releases what it holds, once no request can be under way', async () => {
    await api.ok('DELETE', `/v1/destinations/${id}`);
    expect(await queued(29)).toEqual([]);
    expect(await queued(1)).toEqual([id]);
    await api.refused(404, 'RESOURCE_NOT_FOUND', 'DELETE', `/v1/destinations/${id}`);
    expect(await queued(60)).toEqual([]);
  });
});

it('a destination that delivery disables is shown as disabled, unless it was changed or deleted meanwhile or is unknown', async () => {
  const destinations = new DestinationStore(new ConfigTable(api.services.clients.dynamodb, resourceNames.config));
  const now = new Date('2026-11-22T00:00:00.000Z');
  const known = {
    organizationId: defaultOrganization.id,
    id: idSchema('dst').parse(id),
    updatedAt: await updatedAt(),
    deliveryId: newId('dlv'),
  };
  await api.ok('PATCH', `/v1/destinations/${id}`, { body: { url: 'https://new.example.com/' } });
  expect(await destinations.disable(known, now)).toBe(false);
  const asItIs = { ...known, updatedAt: await updatedAt() };
  expect(await destinations.disable(asItIs, now)).toBe(true);
  expect(await destinations.disable(asItIs, now)).toBe(false);
  const changed = { enabled: false, updated_at: '2026-11-22T00:00:00.000Z' };
  expect(await api.ok('GET', `/v1/destinations/${id}`)).toMatchObject(changed);
  expect(await destinations.disable({ ...asItIs, id: newId('dst') }, now)).toBe(false);
  await api.ok('DELETE', `/v1/destinations/${id}`);
  expect(await destinations.disable({ ...asItIs, updatedAt: now.toISOString() }, now)).toBe(false);
  await queued(60);
});

async function updatedAt(): Promise<string> {
  return (await api.ok('GET', `/v1/destinations/${id}`)).updated_at;
}

it('exactly one caller learns that it has disabled the destination, even if the response from DynamoDB is lost', async () => {
  const client = api.services.clients.dynamodb;
  const destinations = new DestinationStore(new ConfigTable(client, resourceNames.config));
  const known = { organizationId: defaultOrganization.id, id: idSchema('dst').parse(id) };
  const disable = async () =>
    destinations.disable({ ...known, updatedAt: await updatedAt(), deliveryId: newId('dlv') }, new Date());
  const lost = loseResponse(client, /:was/);
  expect(await disable()).toBe(true);
  expect(lost()).toBe(1);
  expect(await disable()).toBe(false);
  await api.ok('PATCH', `/v1/destinations/${id}`, { body: { enabled: true } });
  expect(await disable()).toBe(true);
  await queued(60);
});

describe('a held delivery', () => {
  let ends: Connected;
  let event: string;
  let delivery: DeliveryId;
  beforeEach(async () => {
    ends = await history.connected(api);
    const eventId = await history.store(ends.source, 'body');
    const job = history.jobFor(eventId, ends);
    await new DeliveryLog({ ...deliveriesTable(), retentionDays: 30 }).hold(job, undefined, Date.now());
    event = eventId;
    delivery = job.deliveryId;
  });
  const held = { status: 'held', attempt_count: 0, reason: null, next_attempt_at: null };

  it('a held delivery is shown and listed as held', async () => {
    expect(await api.ok('GET', `/v1/deliveries/${delivery}`)).toMatchObject(held);
    const query = { destination_id: ends.destination, status: 'held' };
    expect((await api.ok('GET', '/v1/deliveries', { query })).deliveries).toMatchObject([{ id: delivery, ...held }]);
  });

  it('a held delivery can be sent by hand, and stays held until its attempt is made', async () => {
    expect(await api.ok('POST', `/v1/deliveries/${delivery}/retry`)).toMatchObject(held);
    expect(await queued(0)).toEqual([delivery]);
    expect(await api.ok('GET', `/v1/deliveries/${delivery}`)).toMatchObject(held);
  });

  it('a held delivery is not sent when its event is replayed', async () => {
    expect(await api.ok('POST', `/v1/events/${event}/replay`)).toMatchObject({ deliveries: [] });
    expect(await queued(0)).toEqual([]);
  });

  it('a held delivery can be cancelled', async () => {
    const cancelled = { status: 'cancelled', reason: 'by_request' };
    expect(await api.ok('POST', `/v1/deliveries/${delivery}/cancel`)).toMatchObject(cancelled);
    expect(await api.ok('GET', `/v1/deliveries/${delivery}`)).toMatchObject(cancelled);
  });
});

it('an empty change is rejected, of the circuit breaker as of the destination', async () => {
  const refused = await api.refused(400, 'VALIDATION_FAILED', 'PATCH', `/v1/destinations/${id}`, {
    body: { circuit_breaker: {} },
  });
  expect(refused.details).toEqual([{ path: 'circuit_breaker', problem: 'must have at least one field to change' }]);
});

it('a change of one field of the circuit breaker leaves the others as they are', async () => {
  const off = { enabled: false, failure_threshold: 7, cooldown_seconds: 60 };
  const changed = async (body: object) => (await api.ok('PATCH', `/v1/destinations/${id}`, { body })).circuit_breaker;
  expect(await changed({ circuit_breaker: { enabled: false, failure_threshold: 7 } })).toEqual(off);
  const merged = { ...off, cooldown_seconds: 30 };
  expect(await changed({ circuit_breaker: { cooldown_seconds: 30 }, secret: 'another secret' })).toEqual(merged);
});
