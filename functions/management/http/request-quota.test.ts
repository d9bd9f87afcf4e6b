import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newId, type OrganizationId } from '../../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../../test/support/services.ts';
import { variable } from '../../shared/environment.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import { RequestCounts } from '../../stores/config/request-counts.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { RequestQuota } from './request-quota.ts';

const LIMIT = 25;
/** Twelve seconds before the minute ends. */
const now = new Date('2026-11-25T10:00:48Z');
const nextMinute = new Date('2026-11-25T10:01:00Z');

let services: TestServices;
let organizationId: OrganizationId;
let updates = 0;
beforeAll(async () => {
  services = await startServices();
  services.clients.dynamodb.middlewareStack.add(
    (next) => (args) => {
      updates++;
      return next(args);
    },
    { step: 'build' },
  );
});
beforeEach(() => {
  organizationId = newId('org');
  updates = 0;
});
afterAll(() => services.close());

/** One instance of the function. */
function instance(): RequestQuota {
  const table = new ConfigTable(services.clients.dynamodb, resourceNames.config);
  return new RequestQuota({ counts: new RequestCounts(table), requestsPerMinute: LIMIT });
}

async function granted(requests: number, ask: () => Promise<void>): Promise<number> {
  const outcomes = await Promise.allSettled(Array.from({ length: requests }, ask));
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

it('an organization that has used its requests of a minute gets none until the next', async () => {
  const quota = instance();
  expect(await granted(LIMIT + 10, () => quota.take(organizationId, now))).toBe(LIMIT);
  const refused = quota.take(organizationId, now);
  await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED', headers: { 'retry-after': '12' } });
  await quota.take(organizationId, nextMinute);
});

it('instances share one count', async () => {
  const [one, other] = [instance(), instance()];
  let turn = 0;
  expect(await granted(100, () => (turn++ % 2 ? one : other).take(organizationId, now))).toBe(LIMIT);
});

it('an organization does not use up the quota of another', async () => {
  const quota = instance();
  await granted(LIMIT, () => quota.take(organizationId, now));
  expect(await granted(LIMIT, () => quota.take(newId('org'), now))).toBe(LIMIT);
});

it('counting costs one write for ten requests, and none once the limit is reached', async () => {
  const quota = instance();
  await granted(LIMIT, () => quota.take(organizationId, now));
  expect(updates).toBe(3);
  expect(await granted(1_000, () => quota.take(organizationId, now))).toBe(0);
  expect(updates).toBe(3);
});

it('a failure of the table lets requests pass and is not remembered', async () => {
  let table = 'no-such-table';
  const take: RequestCounts['take'] = (...args) =>
    new RequestCounts(new ConfigTable(services.clients.dynamodb, table)).take(...args);
  const quota = new RequestQuota({ counts: { take }, requestsPerMinute: LIMIT });
  await expect(quota.take(organizationId, now)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  table = resourceNames.config;
  await quota.take(organizationId, now);
});

it('the API answers 429 in its own format to every key of the organization', async () => {
  const api = await ApiUnderTest.start({ [variable.requestsPerMinute]: '10' });
  try {
    const { key } = await api.newKey('read');
    const answers = [];
    // More than the limits of two minutes allow, in case one minute ends in between.
    for (let request = 0; request < 25; request++) {
      answers.push(await api.call('GET', '/v1/sources', request % 2 ? { key } : {}));
    }
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(4);
    for (const { headers, body } of refused) {
      expect(headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
      expect(body).toMatchObject({ error: 'Too Many Requests', code: 'RATE_LIMITED', request_id: expect.any(String) });
    }
    await api.refused(401, 'UNAUTHORIZED', 'GET', '/v1/sources', { key: 'wrong' });
  } finally {
    await api.close();
  }
});
