import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { newId } from '../../../core/ids.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { configDynamodb } from '../../shared/aws-clients.ts';
import { requireEnv, variable } from '../../shared/environment.ts';
import { logger } from '../../shared/logger.ts';
import { ConfigTable, type TransactionWrite } from '../../stores/config/config-table.ts';
import { IdempotencyStore } from '../../stores/config/idempotency.ts';
import { deliveryResponse } from '../responses/delivery.ts';
import { servicesFromEnvironment } from '../services.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { GatedTable } from '../testing/failures.fixture.ts';
import { type ApiResponse, proxyEvent, ROOT_KEY } from '../testing/gateway.fixture.ts';
import { HistoryUnderTest } from '../testing/history.fixture.ts';
import { postWith } from '../testing/post-routes.fixture.ts';
import { defineRoute } from './route.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const body = { name: 'github' };
const url = 'https://example.com/hook';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());
afterEach(() => {
  vi.restoreAllMocks();
});

const later = (ms: number) => ({ now: () => new Date(Date.now() + ms) });
const isAnsweredAgain = ({ headers }: ApiResponse) => headers['idempotent-replayed'] === 'true';

const startMs = Date.now();

async function aDelivery(): Promise<ApiResponse> {
  const history = new HistoryUnderTest(api.services);
  const ends = await history.connected(api);
  return api.call('GET', `/v1/deliveries/${await history.dead(ends)}`);
}

describe('an Idempotency-Key', () => {
  it.each([
    ['without characters', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['with a letter that is not ASCII', 'clé'],
    ['given twice', ['a', 'b']],
  ])('a key %s is rejected', async (_, idempotencyKey) => {
    const refusal = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/sources', { body, idempotencyKey });
    expect(refusal.details).toEqual([{ path: 'Idempotency-Key', problem: expect.any(String) }]);
  });

  it.each([
    ['of one character', '~'],
    ['of 255 characters', `!${'k'.repeat(254)}`],
  ])('a key %s is accepted', async (_, idempotencyKey) => {
    const first = await api.call('POST', '/v1/sources', { body, idempotencyKey });
    expect(first.status).toBe(201);
    expect((await api.call('POST', '/v1/sources', { body, idempotencyKey })).body).toEqual(first.body);
  });

  it('the header is recognized in any case', async () => {
    const headers = { Authorization: `Bearer ${ROOT_KEY}`, 'IDEMPOTENCY-key': randomUUID() };
    const first = await api.ok('POST', '/v1/sources', { headers, body });
    expect(await api.ok('POST', '/v1/sources', { headers, body })).toEqual(first);
  });

  it('GET, PATCH and DELETE, whose repeats do no harm, ignore the header', async () => {
    const { id } = await api.ok('POST', '/v1/sources', { body });
    const idempotencyKey = ['not', 'valid'];
    await api.ok('GET', `/v1/sources/${id}`, { idempotencyKey });
    await api.ok('PATCH', `/v1/sources/${id}`, { idempotencyKey, body });
    await api.ok('DELETE', `/v1/sources/${id}`, { idempotencyKey });
  });

  it('logging in ignores the header, so no session is stored to be handed out again', async () => {
    const login = { headers: {}, body: { api_key: ROOT_KEY }, idempotencyKey: randomUUID() };
    const [one, other] = [await api.call('POST', '/v1/session', login), await api.call('POST', '/v1/session', login)];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(one.headers['set-cookie']).not.toBe(other.headers['set-cookie']);
  });

  it('requests without a key cost nothing extra', async () => {
    class Unused extends IdempotencyStore {
      override claim(): Promise<never> {
        throw new Error('nothing is to be claimed');
      }
    }
    const idempotency = new Unused(new ConfigTable(configDynamodb(), resourceNames.config));
    expect((await postWith({ idempotency }, '/v1/sources', { body })).status).toBe(201);
  });

  it('a key is remembered for a day, however long DynamoDB keeps its row', async () => {
    const options = { body, idempotencyKey: randomUUID() };
    const first = await api.call('POST', '/v1/sources', options);
    const lastMinute = await postWith(later(24 * HOUR_MS - MINUTE_MS), '/v1/sources', options);
    expect(lastMinute.body).toEqual(first.body);
    const nextDay = await postWith(later(24 * HOUR_MS), '/v1/sources', options);
    expect(nextDay.status).toBe(201);
    expect(nextDay.body.id).not.toBe(first.body.id);
    // And then for another day, also for another request.
    expect((await postWith(later(47 * HOUR_MS), '/v1/sources', options)).body).toEqual(nextDay.body);
    const other = { ...options, body: { name: 'gitlab' } };
    expect((await postWith(later(47 * HOUR_MS), '/v1/sources', other)).status).toBe(409);
    expect((await postWith(later(72 * HOUR_MS), '/v1/sources', other)).status).toBe(201);
  });

  it('a key used again after a day does not return the previous response', async () => {
    const [configuration, options] = [new GatedTable(), { body, idempotencyKey: randomUUID() }];
    await api.call('POST', '/v1/sources', options);
    const tomorrow = { now: () => new Date(startMs + 25 * HOUR_MS) };
    const first = postWith({ configuration, ...tomorrow }, '/v1/sources', options);
    await configuration.reached;
    const sleep = async () => {
      configuration.open();
      await first;
    };
    const copy = await postWith({ sleep, ...tomorrow }, '/v1/sources', options);
    expect(isAnsweredAgain(copy)).toBe(true);
    expect(copy.body).toEqual((await first).body);
  });

  it('a key belongs to one route: the same id and body on another route are another request', async () => {
    const { id } = await api.ok('POST', '/v1/destinations', { body: { url } });
    const idempotencyKey = randomUUID();
    const archived = await api.ok('POST', `/v1/destinations/${id}/archive`, { idempotencyKey });
    await api.refused(409, 'CONFLICT', 'POST', `/v1/destinations/${id}/unarchive`, { idempotencyKey });
    expect(await api.ok('POST', `/v1/destinations/${id}/archive`, { idempotencyKey })).toEqual(archived);
  });

  it('a key is rejected rather than forgotten after the root key was rotated', async () => {
    const options = { body, idempotencyKey: randomUUID(), key: (await api.newKey('write')).key };
    expect((await api.call('POST', '/v1/sources', options)).status).toBe(201);
    const { secretsManager } = api.services.simulators;
    secretsManager.putValue(requireEnv(variable.rootKeySecretArn), 'another-root-key-0123456789');
    try {
      // Another function instance: this one remembers the old key for a minute.
      expect((await postWith({}, '/v1/sources', options)).status).toBe(409);
    } finally {
      secretsManager.putValue(requireEnv(variable.rootKeySecretArn), ROOT_KEY);
    }
  });
});

describe('a stored response', () => {
  it('a repeat shows a secret again, and neither it nor the key is stored in plain text', async () => {
    const idempotencyKey = `order-of-ada@example.com-${randomUUID()}`;
    const [destination, apiKey] = [
      await api.call('POST', '/v1/destinations', { body: { url, headers: { 'X-Token': 'f00-ba12' } }, idempotencyKey }),
      await api.call('POST', '/v1/api-keys', { body: { name: 'ci', scope: 'read' }, idempotencyKey: randomUUID() }),
    ];
    const repeat = { body: { url, headers: { 'X-Token': 'f00-ba12' } }, idempotencyKey };
    expect((await api.call('POST', '/v1/destinations', repeat)).body.secret).toBe(destination.body.secret);
    const stored = api.storedText();
    for (const secret of [destination.body.secret, apiKey.body.key.slice(0, -4), 'f00-ba12', 'ada@example.com']) {
      expect(stored).not.toContain(secret);
    }
  });

  it('a response is sealed for its own key: moved to the row of another it cannot be opened', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    const [one, other] = [randomUUID(), randomUUID()];
    for (const idempotencyKey of [one, other])
      await api.ok('POST', '/v1/destinations', { body: { url }, idempotencyKey });
    const keyOf = (key: string) => {
      const digest = createHash('sha256').update(`${defaultOrganization.id} ${key}`).digest('hex');
      return { pk: `idempotency#${digest}`, sk: 'idempotency' };
    };
    const table = new ConfigTable(configDynamodb(), resourceNames.config);
    const { answer } = (await table.get(keyOf(one))) ?? {};
    expect(answer).toBeInstanceOf(Uint8Array);
    await table.update({
      Key: keyOf(other),
      UpdateExpression: 'SET answer = :answer',
      ExpressionAttributeValues: { ':answer': answer },
    });
    const statusOf = async (idempotencyKey: string) =>
      (await postWith({}, '/v1/destinations', { body: { url }, idempotencyKey })).status;
    expect([await statusOf(one), await statusOf(other)]).toEqual([201, 500]);
  });

  it('the largest possible response is stored', async () => {
    const headers = Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`X-${index}`, 'v'.repeat(4_000)]));
    const request = { body: { url, name: '😀'.repeat(50), description: '€'.repeat(1_000), headers } };
    const first = await api.call('POST', '/v1/destinations', { ...request, idempotencyKey: 'large' });
    expect(first.status).toBe(201);
    expect((await api.call('POST', '/v1/destinations', { ...request, idempotencyKey: 'large' })).body).toEqual(
      first.body,
    );
  });

  it('a response with two thousand deliveries, too large for a row uncompressed, is stored', async () => {
    const { body: delivery } = await aDelivery();
    const deliveries = Array.from({ length: 2_000 }, (_, index) => ({
      ...delivery,
      id: `${delivery.id.slice(0, -8)}${randomBytes(4).toString('hex')}`,
      destination_id: newId('dst', index),
      connection_id: newId('con', index),
    }));
    const route = defineRoute({
      method: 'POST',
      path: '/v1/replays',
      summary: '',
      access: 'write',
      status: 200,
      response: z.object({ deliveries: z.array(deliveryResponse) }),
      handle: async () => ({ deliveries }),
    });
    const event = { ...proxyEvent('POST', '/v1/replays', { idempotencyKey: randomUUID() }), pathParameters: null };
    const services = servicesFromEnvironment();
    await route.run(event, services);
    const { body: again, headers } = await route.run(event, services);
    expect(headers).toMatchObject({ 'idempotent-replayed': 'true' });
    expect(again).toEqual({ deliveries });
    expect(JSON.stringify(again).length).toBeGreaterThan(2 * 400 * 1024);
  });

  it('another key of the organization gets the stored response only if its scope allows the request', async () => {
    const [writer, other, reader] = [await api.newKey('write'), await api.newKey('write'), await api.newKey('read')];
    const request = { body: { url }, idempotencyKey: randomUUID() };
    const first = await api.call('POST', '/v1/destinations', { ...request, key: writer.key });
    const second = await api.call('POST', '/v1/destinations', { ...request, key: other.key });
    expect(second.body).toEqual(first.body);
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/destinations', { ...request, key: reader.key });
    await api.refused(401, 'UNAUTHORIZED', 'POST', '/v1/destinations', { ...request, headers: {} });
  });

  it('a request that was never valid or allowed leaves its key free', async () => {
    const idempotencyKey = randomUUID();
    const before = api.storedText();
    const { key } = await api.newKey('read');
    const refused = (status: number, code: string, path: string, options: object) =>
      api.refused(status, code, 'POST', path, { ...options, idempotencyKey });
    await refused(400, 'VALIDATION_FAILED', '/v1/sources', { body: { name: '' } });
    await refused(400, 'INVALID_JSON', '/v1/sources', { body: '{' });
    await refused(413, 'PAYLOAD_TOO_LARGE', '/v1/sources', { body: ' '.repeat(256 * 1024 + 1) });
    await refused(401, 'UNAUTHORIZED', '/v1/sources', { headers: {}, body });
    await refused(403, 'FORBIDDEN', '/v1/sources', { key, body });
    // These two are refused by the handler, not by a schema.
    await refused(400, 'INVALID_URL', '/v1/destinations', { body: { url: 'https://10.0.0.1/' } });
    const past = { name: 'ci', scope: 'read', expires_at: new Date(0).toISOString() };
    await refused(400, 'VALIDATION_FAILED', '/v1/api-keys', { body: past });
    const added = api
      .storedText()
      .split('\n')
      .filter((row) => !before.includes(row));
    expect(added.filter((row) => row.includes('idempotency#'))).toEqual([]);
    await api.ok('POST', '/v1/sources', { body, idempotencyKey });
  });

  it('a refusal caused by the current state is stored, so a late copy does not do what was refused', async () => {
    const source = await api.ok('POST', '/v1/sources', { body });
    const destination = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body: { url } });
    const connect = { body: { source_id: source.id, destination_id: destination.id }, idempotencyKey: randomUUID() };
    const refusal = await api.refused(409, 'CONFLICT', 'POST', '/v1/connections', connect);
    await api.ok('DELETE', `/v1/connections/${destination.connection_id}`);
    const late = await api.call('POST', '/v1/connections', connect);
    expect(isAnsweredAgain(late)).toBe(true);
    expect(late.body).toEqual({ ...refusal, request_id: late.body.request_id });
    await api.ok('POST', '/v1/connections', { ...connect, idempotencyKey: randomUUID() });
  });

  it('a refusal with Retry-After is not stored, so the same key works later', async () => {
    const { id } = await api.ok('POST', '/v1/destinations', { body: { url } });
    /** Somebody else changes the destination first. */
    class RivalTable extends ConfigTable {
      override async transact(writes: readonly TransactionWrite[]): Promise<void> {
        if (writes.length > 1) await api.ok('PATCH', `/v1/destinations/${id}`, { body: { secret: 'of the rival' } });
        return super.transact(writes);
      }
    }
    const configuration = new RivalTable(configDynamodb(), resourceNames.config);
    const [path, options] = [`/v1/destinations/${id}/rotate-secret`, { body: {}, idempotencyKey: randomUUID() }];
    const refusal = await postWith({ configuration }, path, options);
    expect(refusal).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    const { secret } = await api.ok('POST', path, options);
    expect(await api.credentialsOf(id)).toMatchObject({ secret, previousSecret: { secret: 'of the rival' } });
  });

  it('a response is stored although the reply to its write was lost', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    class DeafTable extends ConfigTable {
      override async transact(writes: readonly TransactionWrite[]): Promise<void> {
        await super.transact(writes);
        throw new Error('timed out');
      }
    }
    const configuration = new DeafTable(configDynamodb(), resourceNames.config);
    const options = { body, idempotencyKey: randomUUID() };
    expect((await postWith({ configuration }, '/v1/sources', options)).status).toBe(500);
    expect(isAnsweredAgain(await api.call('POST', '/v1/sources', options))).toBe(true);
  });

  it('an internal error is not stored, so the next try may succeed', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    class BrokenTable extends ConfigTable {
      override transact(writes: readonly TransactionWrite[]): Promise<void> {
        if (writes.some((write) => write.put)) throw new Error('out of order');
        return super.transact(writes);
      }
    }
    const configuration = new BrokenTable(configDynamodb(), resourceNames.config);
    const options = { body, idempotencyKey: randomUUID() };
    expect((await postWith({ configuration }, '/v1/sources', options)).status).toBe(500);
    const answer = await api.call('POST', '/v1/sources', options);
    expect(answer.status).toBe(201);
    expect(isAnsweredAgain(answer)).toBe(false);
  });
});
