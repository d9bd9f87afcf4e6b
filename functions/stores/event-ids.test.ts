import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventId, newId } from '../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { EventIds } from './event-ids.ts';
import { EventStore } from './events.ts';

const source = { id: newId('src'), organizationId: newId('org') };
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };
const startMs = 5_000;
const DAY_MS = 86_400_000;
/** What was accepted at the start has expired. */
const expiredMs = startMs + 30 * DAY_MS;

let services: TestServices;
let eventIds: EventIds;
beforeEach(async () => {
  services = await startServices();
  eventIds = new EventIds({
    dynamodb: services.clients.dynamodb,
    table: resourceNames.events,
    retentionDays: 30,
  });
});
afterEach(() => services.close());

/** So many events, a second apart. */
async function stored(count: number, retentionDays = 30, fromMs = startMs): Promise<EventId[]> {
  const { dynamodb, s3 } = services.clients;
  const { events: table, bucket } = resourceNames;
  const events = new EventStore({ dynamodb, s3, table, bucket, retentionDays });
  const ids: EventId[] = [];
  for (let second = 0; second < count; second++) {
    ids.push(await events.put(source, head, Buffer.from('body'), fromMs + second * 1000));
  }
  return ids;
}

describe('an event that has expired but is not deleted yet', () => {
  it('an expired event does not exist', async () => {
    const [first, second] = await stored(2);
    const addresses = [first, second].flatMap((eventId) => (eventId ? [{ sourceId: source.id, eventId }] : []));
    expect(await eventIds.existing(addresses, expiredMs - 1)).toEqual(new Set([first, second]));
    expect(await eventIds.existing(addresses, expiredMs)).toEqual(new Set([second]));
  });

  it('an expired event is on no page and takes no place on one', async () => {
    const ids = await stored(6);
    const range = { sinceMs: 0, untilMs: startMs + 60_000, limit: 2 };
    const nowMs = expiredMs + 1000;
    expect(await eventIds.page(source.id, range, nowMs)).toEqual({ items: ids.slice(2, 4), next: ids[3] });
    expect(await eventIds.page(source.id, { ...range, after: ids[3] }, nowMs)).toEqual({ items: ids.slice(4) });
    expect(await eventIds.page(source.id, range, expiredMs + DAY_MS)).toEqual({ items: [] });
  });

  it('pages continue behind an event that has expired since', async () => {
    const ids = await stored(6);
    const range = { sinceMs: 0, untilMs: startMs + 60_000, limit: 2 };
    const { next } = await eventIds.page(source.id, range, startMs);
    expect(next).toBe(ids[1]);
    const page = await eventIds.page(source.id, { ...range, after: next }, expiredMs + 3000);
    expect(page).toEqual({ items: ids.slice(4) });
  });

  it('an event stored with a shorter retention is on no page once it has expired', async () => {
    await stored(5, 7);
    const kept = await stored(2, 30, startMs + 60_000);
    const range = { sinceMs: 0, untilMs: startMs + 120_000, limit: 2 };
    expect(await eventIds.page(source.id, range, startMs + 8 * DAY_MS)).toEqual({ items: kept });
  });
});
