import { randomBytes, randomUUID } from 'node:crypto';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { resourceNames } from '../../../test/support/services.ts';
import { configDynamodb } from '../../shared/aws-clients.ts';
import { logger } from '../../shared/logger.ts';
import { ConfigTable, type TransactionWrite } from '../../stores/config/config-table.ts';
import { IdempotencyStore } from '../../stores/config/idempotency.ts';
import { SourceStore } from '../../stores/config/sources.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { GatedTable, killed } from '../testing/failures.fixture.ts';
import type { ApiResponse } from '../testing/gateway.fixture.ts';
import { Posts, postWith } from '../testing/post-routes.fixture.ts';
import { nameOf } from '../testing/routes.fixture.ts';
import { routes } from './routes.ts';

const body = { name: 'github' };

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());
beforeEach(() => {
  vi.spyOn(logger, 'error').mockImplementation(() => {});
  vi.spyOn(logger, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

const startMs = Date.now();
const at = (ms: number) => ({ now: () => new Date(startMs + ms) });
const isAnsweredAgain = ({ headers }: ApiResponse) => headers['idempotent-replayed'] === 'true';

async function sourceIds(): Promise<string[]> {
  const { sources } = await api.ok('GET', '/v1/sources', { query: { limit: '100' } });
  return sources.map(({ id }: { id: string }) => id);
}

describe('a copy of a request that arrives while the first is running', () => {
  it('a copy waits some seconds and is then told when to retry', async () => {
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

  it('a copy with another body is rejected without waiting', async () => {
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

  it('a copy takes over when the first request fails', async () => {
    const [configuration, options] = [new GatedTable(), { body, idempotencyKey: randomUUID() }];
    const first = postWith({ configuration }, '/v1/sources', options);
    await configuration.reached;
    const sleep = async () => {
      configuration.fail(new Error('throttled'));
      await first;
    };
    const copy = await postWith({ sleep }, '/v1/sources', options);
    expect([(await first).status, copy.status]).toEqual([500, 201]);
    expect(isAnsweredAgain(copy)).toBe(false);
  });

  it('a copy takes over when the first request has vanished, which changes nothing if it resumes', async () => {
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

  it('a copy that arrives just as the response is written waits as well', async () => {
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

describe('a create whose response is stored', () => {
  it('the response has the tag that turned out to be free', async () => {
    const drawn: unknown[] = [];
    /** Somebody else gets the first tag that is drawn. */
    class CrowdedTable extends ConfigTable {
      override async transact(writes: readonly TransactionWrite[]): Promise<void> {
        const tag = writes.find(({ put }) => String(put?.Item?.pk).startsWith('tag#'));
        if (tag && drawn.length === 0) await super.transact([tag]);
        drawn.push(tag?.put?.Item?.pk);
        return super.transact(writes);
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

  it('a published event is stored like any other', async () => {
    const source = await api.ok('POST', '/v1/sources', { body });
    // One for the table, and one for the bucket.
    for (const text of ['{"total":12.50}', randomBytes(50_000).toString('base64')]) {
      const publish = { body: { source_id: source.id, body: text, headers: { 'X-Shop': '7' } } };
      const rowOf = async ({ id }: { id: string }) =>
        JSON.parse(
          api
            .storedText(resourceNames.events)
            .split('\n')
            .find((row) => row.includes(id)) ?? '',
        );
      const plain = await api.ok('POST', '/v1/events', publish);
      const keyed = await api.ok('POST', '/v1/events', { ...publish, idempotencyKey: randomUUID() });
      const [plainRow, keyedRow] = [await rowOf(plain), await rowOf(keyed)];
      expect(Object.keys(keyedRow).sort()).toEqual(Object.keys(plainRow).sort());
      expect([keyedRow.source_id, keyedRow.org_id]).toEqual([plainRow.source_id, plainRow.org_id]);
      expect(Math.abs(keyedRow.expires_at.N - plainRow.expires_at.N)).toBeLessThan(600);
      const shown = await api.ok('GET', `/v1/events/${keyed.id}`);
      expect(shown).toMatchObject({ body: text, headers: { 'X-Shop': '7' } });
      expect({ ...shown, id: '', created_at: '' }).toEqual({
        ...(await api.ok('GET', `/v1/events/${plain.id}`)),
        id: '',
        created_at: '',
      });
    }
  });

  it('a write outside the transaction fails', async () => {
    const table = new ConfigTable(configDynamodb(), resourceNames.config).deferringTo(() => {});
    const { id } = await api.ok('POST', '/v1/sources', { body });
    const { organization_id } = await api.ok('GET', '/v1/session');
    await expect(new SourceStore(table).update(organization_id, id, { name: 'x' }, new Date())).rejects.toThrow(
      TypeError,
    );
    expect(await api.ok('GET', `/v1/sources/${id}`)).toMatchObject(body);
  });
});

describe('a replay of a dead letter', () => {
  it('a dead letter sent by a function that was then killed is found pending and not sent again', async () => {
    const route = routes.find((candidate) => nameOf(candidate) === 'POST /v1/dead-letters/{delivery_id}/replay');
    if (!route) throw new Error('there is no such route');
    const { organization_id } = await api.ok('GET', '/v1/session');
    const { path } = await new Posts(api, organization_id).to(route);
    const options = { idempotencyKey: randomUUID() };
    expect((await postWith({ ...killed('before'), ...at(0) }, path, options)).status).toBe(500);
    const repeat = await postWith(at(36_000), path, options);
    expect(repeat).toMatchObject({ status: 409, body: { message: expect.stringContaining('pending') } });
  });
});

describe('copies of a request under random failures', () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom('killed before', 'killed after', 'sent') }),
    fc.record({ kind: fc.constant('sent with another body') }),
    fc.record({ kind: fc.constant('time passes'), ms: fc.integer({ min: 1, max: 40_000 }) }),
  );

  it('at most one source is created, one body owns the key, and all successes are identical', async () => {
    const once = async (events: readonly { readonly kind: string; readonly ms?: number }[]) => {
      const idempotencyKey = randomUUID();
      const before = await sourceIds();
      const made = new Set<string>();
      let [atMs, owner] = [0, ''];
      for (const { kind, ms = 0 } of events) {
        atMs += ms;
        if (kind === 'time passes') continue;
        const name = kind === 'sent with another body' ? 'gitlab' : 'github';
        owner ||= name;
        const failure = kind === 'killed before' ? killed('before') : kind === 'killed after' ? killed('after') : {};
        const changed = { ...at(atMs), sleep: async () => {}, ...failure };
        const answer = await postWith(changed, '/v1/sources', { body: { name }, idempotencyKey });
        if (name !== owner) expect(answer.status).toBe(409);
        if (answer.status === 201) made.add(JSON.stringify(answer.body));
      }
      expect(made.size).toBeLessThanOrEqual(1);
      const sources = (await sourceIds()).filter((id) => !before.includes(id));
      expect(sources.length).toBeLessThanOrEqual(1);
      for (const source of made) expect(sources).toEqual([JSON.parse(source).id]);
      await Promise.all(sources.map((id) => api.ok('DELETE', `/v1/sources/${id}`)));
    };
    await fc.assert(fc.asyncProperty(fc.array(event, { minLength: 2, maxLength: 12 }), once), { numRuns: 60 });
  });
});
