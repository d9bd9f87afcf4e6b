import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultOrganization } from '../../../core/access/organization.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type DestinationId, newId } from '../../../core/ids.ts';
import { resourceNames } from '../../../test/support/services.ts';
import { ConfigTable } from '../../stores/config/config-table.ts';
import { DestinationStore } from '../../stores/config/destinations.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

const START = Date.UTC(2026, 10, 22, 3, 23);
const HOUR_MS = 3_600_000;
const AT_FIRST = '2026-11-22T03:23:00.000Z';
const HOUR_LATER = '2026-11-22T04:23:00.000Z';

let api: ApiUnderTest;
let destinations: DestinationStore;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  destinations = new DestinationStore(new ConfigTable(api.services.clients.dynamodb, resourceNames.config));
});
afterAll(() => api.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

const path = (id: string) => `/v1/destinations/${id}`;
const change = (id: string, body: object) => api.ok('PATCH', path(id), { body });
const deliveryId = newId('dlv');

async function newDestination(settings: object = {}): Promise<DestinationId> {
  const { id } = await api.ok('POST', '/v1/destinations', { body: { url: 'https://example.com/hook', ...settings } });
  return idSchema('dst').parse(id);
}

/** Disables the destination as delivery does when the receiver answers 410. */
async function goneAt(id: DestinationId, atMs: number): Promise<boolean> {
  const { updated_at: updatedAt } = await api.ok('GET', path(id));
  return destinations.disable({ organizationId: defaultOrganization.id, id, updatedAt, deliveryId }, new Date(atMs));
}

const disabled = (reason: string | null, at: string | null, delivery: string | null = null) => ({
  disabled_reason: reason,
  disabled_at: at,
  disabled_delivery_id: delivery,
});
const NOT_DISABLED = { enabled: true, ...disabled(null, null) };
const BY_REQUEST = { enabled: false, ...disabled('by_request', AT_FIRST) };
const BY_410 = { enabled: false, ...disabled('answered_410', AT_FIRST, deliveryId) };

describe('the reason why a destination is disabled', () => {
  it('an enabled destination has no reason', async () => {
    const id = await newDestination();
    expect(await api.ok('GET', path(id))).toMatchObject(NOT_DISABLED);
    expect(await change(id, { name: 'renamed' })).toMatchObject(NOT_DISABLED);
  });

  it('a destination created as disabled or changed to it has a request as the reason, and the time', async () => {
    const made = await newDestination({ enabled: false });
    const changed = await newDestination();
    expect(await change(changed, { enabled: false })).toMatchObject(BY_REQUEST);
    for (const id of [made, changed]) expect(await api.ok('GET', path(id))).toMatchObject(BY_REQUEST);
    const { destinations: list } = await api.ok('GET', '/v1/destinations', { query: { enabled: 'false' } });
    expect(list).toEqual(list.map(() => expect.objectContaining(BY_REQUEST)));
  });

  it('a receiver that answered 410 is the reason, with the delivery that was answered so', async () => {
    const id = await newDestination();
    expect(await goneAt(id, START)).toBe(true);
    expect(await api.ok('GET', path(id))).toMatchObject(BY_410);
  });

  it('the first reason stays through later requests to disable and other changes', async () => {
    const [gone, asked] = [await newDestination(), await newDestination({ enabled: false })];
    await goneAt(gone, START);
    expect(await goneAt(asked, START + HOUR_MS)).toBe(false);
    vi.setSystemTime(START + HOUR_MS);
    expect(await change(gone, { enabled: false, name: 'renamed' })).toMatchObject({ ...BY_410, name: 'renamed' });
    expect(await change(gone, { timeout_seconds: 5 })).toMatchObject(BY_410);
    expect(await change(asked, { enabled: false, circuit_breaker: { enabled: false } })).toMatchObject(BY_REQUEST);
    expect(await change(asked, { url: 'https://new.example.com/' })).toMatchObject(BY_REQUEST);
    expect(await api.ok('POST', `${path(gone)}/archive`)).toMatchObject(BY_410);
  });

  it.each([
    ['alone', {}],
    ['with what is decided by the rest', { url: 'https://new.example.com/', circuit_breaker: { cooldown_seconds: 9 } }],
  ])('enabling a destination, %s, clears the reason, and disabling it later sets a new one', async (_, more) => {
    const id = await newDestination();
    await goneAt(id, START);
    expect(await change(id, { enabled: true, ...more })).toMatchObject(NOT_DISABLED);
    vi.setSystemTime(START + HOUR_MS);
    const later = { enabled: false, ...disabled('by_request', HOUR_LATER) };
    expect(await change(id, { enabled: false, ...more })).toMatchObject(later);
    expect(await change(id, { enabled: true, ...more })).toMatchObject(NOT_DISABLED);
  });

  it('a request to disable a destination keeps the reason of a 410 found at the same moment', async () => {
    const id = await newDestination();
    const get = ConfigTable.prototype.get;
    const spied = vi.spyOn(ConfigTable.prototype, 'get').mockImplementationOnce(async function (
      this: ConfigTable,
      key,
    ) {
      const row = await get.call(this, key);
      await goneAt(id, START);
      return row;
    });
    vi.setSystemTime(START + HOUR_MS);
    expect(await change(id, { enabled: false })).toMatchObject(BY_410);
    spied.mockRestore();
  });

  it('a destination disabled before reasons were stored has none, even if it is disabled again', async () => {
    const id = await newDestination({ enabled: false });
    await DynamoDBDocumentClient.from(api.services.clients.dynamodb).send(
      new UpdateCommand({
        TableName: resourceNames.config,
        Key: { pk: id, sk: 'destination' },
        UpdateExpression: 'REMOVE disabling',
      }),
    );
    const unknown = { enabled: false, ...disabled(null, null) };
    expect(await api.ok('GET', path(id))).toMatchObject(unknown);
    expect(await change(id, { enabled: false })).toMatchObject(unknown);
    expect(await change(id, { enabled: true })).toMatchObject(NOT_DISABLED);
    expect(await change(id, { enabled: false })).toMatchObject(BY_REQUEST);
  });

  it.each(['disabled_reason', 'disabled_at', 'disabled_delivery_id'])('a request cannot set %s', async (field) => {
    const id = await newDestination();
    const body = { enabled: false, [field]: null };
    await api.refused(400, 'VALIDATION_FAILED', 'PATCH', path(id), { body });
    await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/destinations', {
      body: { url: 'https://example.com/hook', ...body },
    });
  });
});
