import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingSecretsAt } from '../../../core/destinations/destination.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { configDynamodb } from '../../shared/aws-clients.ts';
import { ConfigTable, type TransactionWrite } from '../../stores/config/config-table.ts';
import { DestinationStore } from '../../stores/config/destinations.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { postWith } from '../testing/post-routes.fixture.ts';

const HOUR_MS = 3_600_000;

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const newDestination = (fields: object = {}) =>
  api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook', ...fields } });
const rotate = (id: string, body: object = {}) => api.ok('POST', `/v1/destinations/${id}/rotate-secret`, { body });

/** The secrets that delivery would sign with, so long after now. */
async function secretsOf(id: string, afterMs = 0): Promise<string[]> {
  return signingSecretsAt(await api.credentialsOf(id), Date.now() + afterMs);
}

it('a rotated secret is shown once, and the previous one also signs for a day', async () => {
  const created = await newDestination({ headers: { 'X-Api-Key': 'not-to-be-lost' } });
  const rotated = await rotate(created.id);
  expect(rotated.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  expect(rotated.secret).not.toBe(created.secret);
  expect(Date.parse(rotated.previous_secret_expires_at) - Date.parse(rotated.updated_at)).toBe(24 * HOUR_MS);
  expect(await secretsOf(created.id)).toEqual([rotated.secret, created.secret]);
  expect(await secretsOf(created.id, 25 * HOUR_MS)).toEqual([rotated.secret]);
  expect((await api.credentialsOf(created.id)).headers).toEqual({ 'X-Api-Key': 'not-to-be-lost' });
  const shown = await api.ok('GET', `/v1/destinations/${created.id}`);
  expect(shown).toEqual({ ...rotated, waiting: null, secret: expect.stringMatching(/^••••.{4}$/) });
  const stored = api.storedText();
  for (const secret of [created.secret, rotated.secret]) expect(stored).not.toContain(secret);
});

it('secret and overlap may be given', async () => {
  const created = await newDestination();
  const rotated = await rotate(created.id, { secret: 'a secret of my own', overlap_seconds: 3_600 });
  expect(rotated.secret).toBe('a secret of my own');
  expect(await secretsOf(created.id, HOUR_MS - 1_000)).toEqual(['a secret of my own', created.secret]);
  expect(await secretsOf(created.id, HOUR_MS + 1_000)).toEqual(['a secret of my own']);
});

it('only the new secret signs without an overlap, as after a plain change of the secret', async () => {
  const created = await newDestination();
  const rotated = await rotate(created.id, { overlap_seconds: 0 });
  expect(rotated.previous_secret_expires_at).toBeNull();
  expect(await secretsOf(created.id)).toEqual([rotated.secret]);
  await rotate(created.id);
  const changed = await api.ok('PATCH', `/v1/destinations/${created.id}`, { body: { secret: 'changed at once' } });
  expect(changed.previous_secret_expires_at).toBeNull();
  expect(await secretsOf(created.id)).toEqual(['changed at once']);
});

it('a change of headers leaves a rotation alone', async () => {
  const created = await newDestination();
  const rotated = await rotate(created.id);
  await api.ok('PATCH', `/v1/destinations/${created.id}`, { body: { headers: { 'X-Team': 'blue' } } });
  expect(await secretsOf(created.id)).toEqual([rotated.secret, created.secret]);
});

it('a second rotation ends the overlap of the first', async () => {
  const created = await newDestination();
  const [first, second] = [await rotate(created.id), await rotate(created.id)];
  expect(await secretsOf(created.id)).toEqual([second.secret, first.secret]);
});

describe.each(['without', 'with'])('a rotation beside other changes, %s an Idempotency-Key', (how) => {
  const options = () => ({ body: {}, ...(how === 'with' && { idempotencyKey: randomUUID() }) });

  /** A rotation; before each of its writes, something else happens. */
  function overtaken(id: string, other: (count: number) => Promise<unknown>) {
    let count = 0;
    class OvertakenTable extends ConfigTable {
      override async transact(writes: readonly TransactionWrite[]): Promise<void> {
        count++;
        await other(count);
        return super.transact(writes);
      }
    }
    const configuration = new OvertakenTable(configDynamodb(), resourceNames.config);
    const changed = { configuration, destinations: new DestinationStore(configuration) };
    return postWith(changed, `/v1/destinations/${id}/rotate-secret`, options());
  }

  it.each([{ name: 'renamed' }, { headers: { 'X-Team': 'blue' } }])(
    'a rotation and the concurrent change %j both succeed',
    async (body) => {
      const { id, secret } = await newDestination();
      const other = (writes: number) => writes === 1 && api.ok('PATCH', `/v1/destinations/${id}`, { body });
      const rotated = await overtaken(id, async (writes) => other(writes));
      expect(rotated).toMatchObject({ status: 200, body });
      expect(await secretsOf(id)).toEqual([rotated.body.secret, secret]);
      expect(await api.ok('GET', `/v1/destinations/${id}`)).toMatchObject(body);
    },
  );

  it('a rotation beside another is rejected, because nobody has the secret that it would overlap with', async () => {
    const { id, secret } = await newDestination();
    const others: { secret: string }[] = [];
    const refused = await overtaken(id, async (writes) => writes === 1 && others.push(await rotate(id)));
    expect(refused).toMatchObject({ status: 409, headers: { 'retry-after': '1' }, body: { code: 'CONFLICT' } });
    expect(await secretsOf(id)).toEqual([others[0]?.secret, secret]);
  });

  it('a rotation that is overtaken on every try gives up with a conflict', async () => {
    const { id, secret } = await newDestination();
    const refused = await overtaken(id, async (writes) =>
      api.ok('PATCH', `/v1/destinations/${id}`, { body: { name: `name ${writes}` } }),
    );
    expect(refused).toMatchObject({ status: 409, headers: { 'retry-after': '1' }, body: { code: 'CONFLICT' } });
    expect(await secretsOf(id)).toEqual([secret]);
  });
});

it('concurrent rotations each return a secret or a conflict', async () => {
  const { id } = await newDestination();
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => api.call('POST', `/v1/destinations/${id}/rotate-secret`, { body: {} })),
  );
  const rotated = answers.filter(({ status }) => status === 200);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(5 - rotated.length);
  const [current] = await secretsOf(id);
  expect(rotated.map(({ body }) => body.secret)).toContain(current);
});

it.each([
  [{ overlap_seconds: -1 }, 'overlap_seconds'],
  [{ overlap_seconds: 604_801 }, 'overlap_seconds'],
  [{ secret: 'short' }, 'secret'],
  [{ secret: '••••abcd1234' }, 'secret'],
])('%j is rejected', async (body, path) => {
  const { id } = await newDestination();
  const { details } = await api.refused(400, 'VALIDATION_FAILED', 'POST', `/v1/destinations/${id}/rotate-secret`, {
    body,
  });
  expect(details[0].path).toBe(path);
});
