import { randomUUID } from 'node:crypto';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { ApiError } from '../../core/api-error.ts';
import { resourceNames } from '../../test/support/services.ts';
import { configDynamodb } from '../shared/aws-clients.ts';
import { requireEnv, variable } from '../shared/environment.ts';
import { logger } from '../shared/logger.ts';
import { ConfigTable, type Step } from '../stores/config/config-table.ts';
import { IdempotencyStore } from '../stores/config/idempotency.ts';
import { SourceStore } from '../stores/config/sources.ts';
import { ApiUnderTest } from './api-under-test.ts';
import { type Answer, proxyEvent, ROOT_KEY } from './gateway-under-test.ts';
import { killed, Posts, postWith } from './posts-under-test.ts';
import { defineRoute, type Route } from './route.ts';
import { routes } from './routes.ts';
import { nameOf } from './routes-under-test.ts';
import { servicesFromEnvironment } from './services.ts';

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
const isReplay = ({ headers }: Answer) => headers['idempotent-replayed'] === 'true';

const startMs = Date.now();

/** A route that the API does not have. */
function routeTo(path: string, handle: () => Promise<Record<string, string>>): Route {
  const response = z.record(z.string(), z.string());
  const params = z.object({ id: z.string().optional() });
  return defineRoute({ method: 'POST', path, summary: '', access: 'write', params, status: 200, response, handle });
}

async function sourceIds(): Promise<string[]> {
  const { sources } = await api.ok('GET', '/v1/sources', { query: { limit: '100' } });
  return sources.map(({ id }: { id: string }) => id);
}

/** A table whose next transaction waits for `open`. */
class GatedTable extends ConfigTable {
  /** Fulfilled when the transaction has come. */
  readonly reached: Promise<void>;
  readonly #opened: Promise<void>;
  #reach: () => void = () => {};
  open: () => void = () => {};
  fail: (error: Error) => void = () => {};

  constructor() {
    super(configDynamodb(), resourceNames.config);
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
    this.#opened = new Promise((resolve, reject) => {
      this.open = resolve;
      this.fail = reject;
    });
  }

  override async transact(steps: readonly Step[]): Promise<void> {
    this.#reach();
    await this.#opened;
    return super.transact(steps);
  }
}

describe('an Idempotency-Key', () => {
  it.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['with a letter that is not ASCII', 'clé'],
    ['given twice', ['a', 'b']],
  ])('%s is refused', async (_, idempotencyKey) => {
    const refusal = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/sources', { body, idempotencyKey });
    expect(refusal.details).toEqual([{ path: 'Idempotency-Key', problem: expect.any(String) }]);
  });

  it.each([
    ['of one character', '~'],
    ['of 255 characters', `!${'k'.repeat(254)}`],
  ])('%s is taken', async (_, idempotencyKey) => {
    const first = await api.call('POST', '/v1/sources', { body, idempotencyKey });
    expect(first.status).toBe(201);
    expect((await api.call('POST', '/v1/sources', { body, idempotencyKey })).body).toEqual(first.body);
  });

  it('is found in whatever case its name is written', async () => {
    const headers = { Authorization: `Bearer ${ROOT_KEY}`, 'IDEMPOTENCY-key': randomUUID() };
    const first = await api.ok('POST', '/v1/sources', { headers, body });
    expect(await api.ok('POST', '/v1/sources', { headers, body })).toEqual(first);
  });

  it('means nothing where a repeat does no harm: to GET, PATCH and DELETE', async () => {
    const { id } = await api.ok('POST', '/v1/sources', { body });
    const idempotencyKey = ['not', 'valid'];
    await api.ok('GET', `/v1/sources/${id}`, { idempotencyKey });
    await api.ok('PATCH', `/v1/sources/${id}`, { idempotencyKey, body });
    await api.ok('DELETE', `/v1/sources/${id}`, { idempotencyKey });
  });

  it('means nothing to logging in: no session is kept to be handed out again', async () => {
    const login = { headers: {}, body: { api_key: ROOT_KEY }, idempotencyKey: randomUUID() };
    const [one, other] = [await api.call('POST', '/v1/session', login), await api.call('POST', '/v1/session', login)];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(one.headers['set-cookie']).not.toBe(other.headers['set-cookie']);
  });

  it('costs nothing where there is none', async () => {
    class Unused extends IdempotencyStore {
      override claim(): Promise<never> {
        throw new Error('nothing is to be claimed');
      }
    }
    const idempotency = new Unused(new ConfigTable(configDynamodb(), resourceNames.config));
    expect((await postWith({ idempotency }, '/v1/sources', { body })).status).toBe(201);
  });

  it('counts for a day, however long DynamoDB leaves its row there', async () => {
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

  it('that begins another day does not answer what it answered the day before', async () => {
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
    expect(isReplay(copy)).toBe(true);
    expect(copy.body).toEqual((await first).body);
  });

  it('is of one route: the same id and body elsewhere are another request', async () => {
    const options = { idempotencyKey: randomUUID(), body: '' };
    const path = (verb: string) => `/v1/sources/{id}/${verb}`;
    const call = (verb: string) => {
      const event = { ...proxyEvent('POST', path(verb), options), pathParameters: { id: 'the same' } };
      return routeTo(path(verb), async () => ({ verb })).run(event, servicesFromEnvironment());
    };
    expect((await call('archive')).body).toEqual({ verb: 'archive' });
    await expect(call('unarchive')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await call('archive')).headers).toMatchObject({ 'idempotent-replayed': 'true' });
  });

  it('is refused rather than forgotten when the root key was rotated', async () => {
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

describe('what is kept', () => {
  it('shows a secret again, and has it nowhere in plain, nor the key', async () => {
    const idempotencyKey = `order-of-ada@example.com-${randomUUID()}`;
    const [destination, apiKey] = [
      await api.call('POST', '/v1/destinations', { body: { url, headers: { 'X-Token': 'f00-ba12' } }, idempotencyKey }),
      await api.call('POST', '/v1/api-keys', { body: { name: 'ci', scope: 'read' }, idempotencyKey: randomUUID() }),
    ];
    const repeat = { body: { url, headers: { 'X-Token': 'f00-ba12' } }, idempotencyKey };
    expect((await api.call('POST', '/v1/destinations', repeat)).body.secret).toBe(destination.body.secret);
    const stored = await api.storedText();
    for (const secret of [destination.body.secret, apiKey.body.key.slice(0, -4), 'f00-ba12', 'ada@example.com']) {
      expect(stored).not.toContain(secret);
    }
  });

  it('is the largest answer that there is, too', async () => {
    const headers = Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`X-${index}`, 'v'.repeat(4_000)]));
    const request = { body: { url, name: '😀'.repeat(50), description: '€'.repeat(1_000), headers } };
    const first = await api.call('POST', '/v1/destinations', { ...request, idempotencyKey: 'large' });
    expect(first.status).toBe(201);
    expect((await api.call('POST', '/v1/destinations', { ...request, idempotencyKey: 'large' })).body).toEqual(
      first.body,
    );
  });

  it('is answered to whoever may make the request: another key of the organization, and none with a lesser scope', async () => {
    const [writer, other, reader] = [await api.newKey('write'), await api.newKey('write'), await api.newKey('read')];
    const request = { body: { url }, idempotencyKey: randomUUID() };
    const first = await api.call('POST', '/v1/destinations', { ...request, key: writer.key });
    const second = await api.call('POST', '/v1/destinations', { ...request, key: other.key });
    expect(second.body).toEqual(first.body);
    await api.refused(403, 'FORBIDDEN', 'POST', '/v1/destinations', { ...request, key: reader.key });
    await api.refused(401, 'UNAUTHORIZED', 'POST', '/v1/destinations', { ...request, headers: {} });
  });

  it('is no request that was never valid or allowed: it leaves the key free', async () => {
    const idempotencyKey = randomUUID();
    const before = await api.storedText();
    const { key } = await api.newKey('read');
    const refused = (status: number, code: string, path: string, options: object) =>
      api.refused(status, code, 'POST', path, { ...options, idempotencyKey });
    await refused(400, 'VALIDATION_FAILED', '/v1/sources', { body: { name: '' } });
    await refused(400, 'INVALID_JSON', '/v1/sources', { body: '{' });
    await refused(413, 'PAYLOAD_TOO_LARGE', '/v1/sources', { body: ' '.repeat(256 * 1024 + 1) });
    await refused(401, 'UNAUTHORIZED', '/v1/sources', { headers: {}, body });
    await refused(403, 'FORBIDDEN', '/v1/sources', { key, body });
    // These two are found by the handler.
    await refused(400, 'INVALID_URL', '/v1/destinations', { body: { url: 'https://10.0.0.1/' } });
    const past = { name: 'ci', scope: 'read', expires_at: new Date(0).toISOString() };
    await refused(400, 'VALIDATION_FAILED', '/v1/api-keys', { body: past });
    const added = (await api.storedText()).split('\n').filter((row) => !before.includes(row));
    expect(added.filter((row) => row.includes('idempotency#'))).toEqual([]);
    await api.ok('POST', '/v1/sources', { body, idempotencyKey });
  });

  it('is a refusal for the state of things, so that a late copy does not do what was told not to be done', async () => {
    const source = await api.ok('POST', '/v1/sources', { body });
    const destination = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { body: { url } });
    const connect = { body: { source_id: source.id, destination_id: destination.id }, idempotencyKey: randomUUID() };
    const refusal = await api.refused(409, 'CONFLICT', 'POST', '/v1/connections', connect);
    await api.ok('DELETE', `/v1/connections/${destination.connection_id}`);
    const late = await api.call('POST', '/v1/connections', connect);
    expect(isReplay(late)).toBe(true);
    expect(late.body).toEqual({ ...refusal, request_id: late.body.request_id });
    await api.ok('POST', '/v1/connections', { ...connect, idempotencyKey: randomUUID() });
  });

  it('is no refusal that says when to come back', async () => {
    const outcomes = [() => Promise.reject(busy), () => Promise.resolve({ at: 'last' })];
    const busy = new ApiError('CONFLICT', 'being changed', { headers: { 'retry-after': '1' } });
    const route = routeTo('/v1/things', () => outcomes.shift()?.() ?? Promise.reject(new Error('called too often')));
    const event = proxyEvent('POST', '/v1/things', { idempotencyKey: randomUUID() });
    const services = servicesFromEnvironment();
    await expect(route.run({ ...event, pathParameters: {} }, services)).rejects.toBe(busy);
    expect((await route.run({ ...event, pathParameters: {} }, services)).body).toEqual({ at: 'last' });
  });

  it('is what was written, when whoever wrote it did not hear so', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    class DeafTable extends ConfigTable {
      override async transact(steps: readonly Step[]): Promise<void> {
        await super.transact(steps);
        throw new Error('timed out');
      }
    }
    const configuration = new DeafTable(configDynamodb(), resourceNames.config);
    const options = { body, idempotencyKey: randomUUID() };
    expect((await postWith({ configuration }, '/v1/sources', options)).status).toBe(500);
    expect(isReplay(await api.call('POST', '/v1/sources', options))).toBe(true);
  });

  it('is no fault of our own: the next try may succeed', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    class BrokenTable extends ConfigTable {
      override transact(steps: readonly Step[]): Promise<void> {
        if (steps.some((step) => step.put)) throw new Error('out of order');
        return super.transact(steps);
      }
    }
    const configuration = new BrokenTable(configDynamodb(), resourceNames.config);
    const options = { body, idempotencyKey: randomUUID() };
    expect((await postWith({ configuration }, '/v1/sources', options)).status).toBe(500);
    const answer = await api.call('POST', '/v1/sources', options);
    expect(answer.status).toBe(201);
    expect(isReplay(answer)).toBe(false);
  });
});

describe('a copy that arrives while the first one is running', () => {
  const at = (ms: number) => ({ now: () => new Date(startMs + ms) });

  it('waits some seconds, and is then told when to come back', async () => {
    const [configuration, options] = [new GatedTable(), { body, idempotencyKey: randomUUID() }];
    const first = postWith({ configuration, ...at(0) }, '/v1/sources', options);
    await configuration.reached;
    const pauses: number[] = [];
    const sleep = async (ms: number) => void pauses.push(ms);
    const copy = await postWith({ sleep, ...at(2_000) }, '/v1/sources', options);
    expect(copy).toMatchObject({ status: 409, headers: { 'retry-after': '33' }, body: { code: 'CONFLICT' } });
    expect(pauses.reduce((sum, ms) => sum + ms)).toBe(5_050);
    configuration.open();
    const { status, body: answer } = await first;
    expect(status).toBe(201);
    expect((await api.call('POST', '/v1/sources', options)).body).toEqual(answer);
  });

  it('with another body does not wait', async () => {
    const [configuration, options] = [new GatedTable(), { body, idempotencyKey: randomUUID() }];
    const first = postWith({ configuration }, '/v1/sources', options);
    await configuration.reached;
    const sleep = () => Promise.reject(new Error('it waits'));
    const copy = await postWith({ sleep }, '/v1/sources', { ...options, body: { name: 'gitlab' } });
    expect(copy.status).toBe(409);
    expect(copy.headers).not.toHaveProperty('retry-after');
    configuration.open();
    await first;
  });

  it('takes over when the first one fails', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    const [configuration, options] = [new GatedTable(), { body, idempotencyKey: randomUUID() }];
    const first = postWith({ configuration }, '/v1/sources', options);
    await configuration.reached;
    const sleep = async () => {
      configuration.fail(new Error('throttled'));
      await first;
    };
    const copy = await postWith({ sleep }, '/v1/sources', options);
    expect([(await first).status, copy.status]).toEqual([500, 201]);
    expect(isReplay(copy)).toBe(false);
  });

  it('takes over when the first one is gone, and that one, should it come back, changes nothing', async () => {
    const [configuration, options] = [new GatedTable(), { body, idempotencyKey: randomUUID() }];
    const before = await sourceIds();
    const first = postWith({ configuration, ...at(0) }, '/v1/sources', options);
    await configuration.reached;
    const tooEarly = await postWith({ sleep: async () => {}, ...at(34_999) }, '/v1/sources', options);
    expect(tooEarly.headers['retry-after']).toBe('1');
    const copy = await postWith(at(35_000), '/v1/sources', options);
    expect(copy.status).toBe(201);
    configuration.open();
    expect(await first).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    expect((await sourceIds()).filter((id) => !before.includes(id))).toEqual([copy.body.id]);
    expect((await api.call('POST', '/v1/sources', options)).body).toEqual(copy.body);
  });

  it('waits, too, when it comes at the very moment at which the answer is written', async () => {
    class BusyTable extends ConfigTable {
      override update(): Promise<never> {
        return Promise.reject(new TransactionConflictException({ $metadata: {}, message: 'ongoing' }));
      }
    }
    const options = { body, idempotencyKey: randomUUID() };
    const first = await api.call('POST', '/v1/sources', options);
    const idempotency = new IdempotencyStore(new BusyTable(configDynamodb(), resourceNames.config));
    const copy = await postWith({ idempotency }, '/v1/sources', options);
    expect(copy.body).toEqual(first.body);
  });
});

describe('a create that is kept with its answer', () => {
  it('is answered with the tag that was free in the end', async () => {
    const drawn: unknown[] = [];
    /** Somebody else gets the first tag that is drawn. */
    class CrowdedTable extends ConfigTable {
      override async transact(steps: readonly Step[]): Promise<void> {
        const tag = steps.find(({ put }) => String(put?.Item?.pk).startsWith('tag#'));
        if (tag && drawn.length === 0) await super.transact([tag]);
        drawn.push(tag?.put?.Item?.pk);
        return super.transact(steps);
      }
    }
    const configuration = new CrowdedTable(configDynamodb(), resourceNames.config);
    const options = { body, idempotencyKey: randomUUID() };
    const { status, body: source } = await postWith({ configuration }, '/v1/sources', options);
    expect([status, drawn.length]).toEqual([201, 2]);
    expect(drawn[1]).toBe(`tag#${source.id.slice(-8)}`);
    expect(drawn[0]).not.toBe(drawn[1]);
    expect(await api.ok('GET', `/v1/sources/${source.id}`)).toEqual(source);
    expect((await api.call('POST', '/v1/sources', options)).body).toEqual(source);
  });

  it('can not hide a write outside of its transaction', async () => {
    const table = new ConfigTable(configDynamodb(), resourceNames.config).holding(() => {});
    const { id } = await api.ok('POST', '/v1/sources', { body });
    const { organization_id } = await api.ok('GET', '/v1/session');
    await expect(new SourceStore(table).update(organization_id, id, { name: 'x' }, new Date())).rejects.toThrow(
      TypeError,
    );
    expect(await api.ok('GET', `/v1/sources/${id}`)).toMatchObject(body);
  });
});

describe('a replay of a dead letter', () => {
  it('that was sent, by a function that was killed then, is not sent again but found pending', async () => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const route = routes.find((candidate) => nameOf(candidate) === 'POST /v1/dead-letters/{delivery_id}/replay');
    if (!route) throw new Error('there is no such route');
    const { organization_id } = await api.ok('GET', '/v1/session');
    const { path } = await new Posts(api, organization_id).to(route);
    const options = { idempotencyKey: randomUUID() };
    expect((await postWith(killed('before'), path, options)).status).toBe(500);
    const repeat = await postWith(later(36_000), path, options);
    expect(repeat).toMatchObject({ status: 409, body: { message: expect.stringContaining('pending') } });
  });
});
