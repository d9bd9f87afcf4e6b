import { randomUUID } from 'node:crypto';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { logger } from '../../shared/logger.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { killed } from '../testing/failures.fixture.ts';
import type { ApiResponse, CallOptions } from '../testing/gateway.fixture.ts';
import { type Post, Posts, postWith } from '../testing/post-routes.fixture.ts';
import { named, nameOf } from '../testing/routes.fixture.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

const all = routes.filter(({ method }) => method === 'POST');
const keyed = named(all.filter(({ idempotency }) => idempotency !== 'ignored'));
const atomic = named(all.filter(({ idempotency }) => idempotency === 'atomic'));
const withId = keyed.filter(([, { path }]) => path.includes('{'));

/** Longer than a function runs and its claim holds. */
const AFTER_A_CRASH_MS = 36_000;

let api: ApiUnderTest;
let posts: Posts;
let postsOfStrangers: Posts;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  const strangers = await api.ok('POST', '/v1/organizations', { body: { name: 'strangers' } });
  posts = new Posts(api, defaultOrganization.id);
  postsOfStrangers = new Posts(api, strangers.id);
});
afterAll(() => api.close());
afterEach(() => {
  vi.restoreAllMocks();
});

/** A call with an `Idempotency-Key` of its own. */
async function keyedPost(route: Route): Promise<Post> {
  const { path, options } = await posts.to(route);
  return { path, options: { ...options, idempotencyKey: randomUUID() } };
}

/** Everything that a POST can leave behind. */
async function everything(): Promise<{ stored: readonly string[]; sent: string | undefined }> {
  const { Attributes } = await api.services.clients.sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: api.services.deliveryQueue.queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  const { config, events, deliveries } = resourceNames;
  const stored = [config, events, deliveries].flatMap((table) => api.storedRows(table));
  return { stored, sent: Attributes?.ApproximateNumberOfMessages };
}

/** How many rows and messages more there are after it. */
async function leftBy(act: () => Promise<unknown>): Promise<{ rows: number; messages: number }> {
  const before = await everything();
  await act();
  const after = await everything();
  return { rows: after.stored.length - before.stored.length, messages: Number(after.sent) - Number(before.sent) };
}

/** Other bytes with the same meaning. */
function otherBytes({ body = {} }: CallOptions): { body: string } {
  return { body: `${JSON.stringify(body)} ` };
}

const answeredAgain = (answer: ApiResponse) => ({
  ...answer,
  headers: { ...answer.headers, 'idempotent-replayed': 'true' },
});

describe('every POST with an Idempotency-Key', () => {
  it.each(keyed)('%s is performed once, and a repeat gets the same response', async (_, route) => {
    const { path, options } = await keyedPost(route);
    const first = await api.call('POST', path, options);
    expect(first.status).toBe(route.status);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    const before = await everything();
    expect(await api.call('POST', path, options)).toEqual(answeredAgain(first));
    expect(await everything()).toEqual(before);
  });

  it.each(keyed)('%s is rejected when it repeats a key with a different body', async (_, route) => {
    const { path, options } = await keyedPost(route);
    await api.call('POST', path, options);
    const before = await everything();
    await api.refused(409, 'CONFLICT', 'POST', path, { ...options, ...otherBytes(options) });
    expect(await everything()).toEqual(before);
  });

  it.each(withId)('%s is rejected when it repeats a key with a different path', async (_, route) => {
    const { path, options } = await keyedPost(route);
    await api.call('POST', path, options);
    const other = await posts.to(route);
    const before = await everything();
    await api.refused(409, 'CONFLICT', 'POST', other.path, options);
    expect(await everything()).toEqual(before);
  });

  it.each(keyed)('%s does not see keys of another organization', async (_, route) => {
    const { path, options } = await keyedPost(route);
    const { idempotencyKey } = options;
    const ours = await api.call('POST', path, options);
    const { path: theirPath, options: theirOptions } = await postsOfStrangers.to(route);
    if (route.access === 'root') {
      // Requests that concern no organization share one set of keys, whichever organization the root key acts in.
      const elsewhere = { ...options, ...(theirOptions.organization && { organization: theirOptions.organization }) };
      expect(await api.call('POST', path, elsewhere)).toEqual(answeredAgain(ours));
      return;
    }
    const theirs = await api.call('POST', theirPath, { ...theirOptions, ...(idempotencyKey && { idempotencyKey }) });
    expect(theirs.status).toBe(route.status);
    expect(theirs.headers).not.toHaveProperty('idempotent-replayed');
  });

  it.each(keyed)(
    '%s is performed once when twenty copies arrive together, and all get the same response',
    async (_, route) => {
      const { path, options } = await keyedPost(route);
      const racing: Promise<ApiResponse>[] = [];
      const sleep = async () => void (await Promise.race(racing));
      const byTwenty = await leftBy(async () => {
        for (let copies = 0; copies < 20; copies++) racing.push(postWith({ sleep }, path, options));
        await Promise.all(racing);
      });
      const answers = await Promise.all(racing);
      expect(answers.filter(({ headers }) => !('idempotent-replayed' in headers))).toHaveLength(1);
      expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toHaveLength(1);
      expect(answers[0]?.status).toBe(route.status);
      const one = await posts.to(route);
      const byOne = await leftBy(() => api.call('POST', one.path, one.options));
      // And the row of the key.
      expect(byTwenty).toEqual({ ...byOne, rows: byOne.rows + 1 });
    },
  );
});

describe('a function that is killed during a POST', () => {
  it.each(atomic)('%s leaves nothing when killed before its write, and a repeat performs it', async (_, route) => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const { path, options } = await keyedPost(route);
    const before = new Set((await everything()).stored);
    expect((await postWith(killed('before'), path, options)).status).toBe(500);
    const left = (await everything()).stored.filter((row) => !before.has(row));
    expect(left).toEqual([expect.stringContaining('"idempotency#')]);
    const later = { now: () => new Date(Date.now() + AFTER_A_CRASH_MS) };
    const other = await postWith(later, path, { ...options, ...otherBytes(options) });
    expect(other.status).toBe(409);
    expect(other.headers).not.toHaveProperty('retry-after');
    expect((await postWith(later, path, options)).status).toBe(route.status);
  });

  it.each(atomic)('%s has stored its response when killed between the write and the response', async (_, route) => {
    vi.spyOn(logger, 'error').mockImplementation(() => {});
    vi.spyOn(logger, 'warn').mockImplementation(() => {});
    const { path, options } = await keyedPost(route);
    expect((await postWith(killed('after'), path, options)).status).toBe(500);
    const before = await everything();
    const answer = await api.call('POST', path, options);
    expect(answer).toMatchObject({ status: route.status, headers: { 'idempotent-replayed': 'true' } });
    expect(await everything()).toEqual(before);
  });

  it('only the routes listed here can act without having stored their response', () => {
    const others = all.filter(({ idempotency }) => idempotency !== 'atomic');
    expect(others.map((route) => [nameOf(route), route.idempotency])).toEqual([
      ['POST /v1/session', 'ignored'],
      // Repeating these changes nothing.
      ['POST /v1/destinations/{id}/archive', undefined],
      ['POST /v1/destinations/{id}/unarchive', undefined],
      ['POST /v1/destinations/{id}/circuit/reset', undefined],
      // Nothing of a test is stored; the receiver just gets another one.
      ['POST /v1/destinations/{id}/test', undefined],
      // A repeat makes another ticket: the first one may be used up.
      ['POST /v1/destinations/{id}/tickets', 'ignored'],
      ['POST /v1/filters/test', undefined],
      ['POST /v1/transforms/test', undefined],
      // A message to the queue can't be part of a transaction. Sent again, it has the same webhook-id.
      ['POST /v1/events/{id}/replay', undefined],
      ['POST /v1/deliveries/{id}/retry', undefined],
      ['POST /v1/deliveries/{id}/cancel', undefined],
      ['POST /v1/dead-letters/{delivery_id}/replay', undefined],
      // Cancelling a second time changes nothing, and the caller is told so.
      ['POST /v1/replays/{id}/cancel', undefined],
    ]);
  });
});
