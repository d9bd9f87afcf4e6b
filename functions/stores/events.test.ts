import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeRequest } from '../../core/events/stored-request.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { EventStore } from './events.ts';

const source = { id: newId('src'), organizationId: newId('org') };
/** A time at which none of the events has expired. */
const nowMs = 5_000;
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };

let services: TestServices;
let events: EventStore;
beforeEach(async () => {
  services = await startServices();
  events = new EventStore(options());
});
afterEach(() => services.close());

function options() {
  const { dynamodb, s3 } = services.clients;
  return { dynamodb, s3, table: resourceNames.events, bucket: resourceNames.bucket, retentionDays: 30 };
}

/** Loses the first response, so that the SDK sends the same request again. */
function loseFirstResponse(dynamodb: DynamoDBClient): void {
  let lost = false;
  dynamodb.middlewareStack.add(
    (next, { commandName }) =>
      async (input) => {
        if (commandName === 'PutItemCommand' && !lost) {
          lost = true;
          await next(input);
        }
        return next(input);
      },
    { step: 'build' },
  );
}

describe('storing an event', () => {
  it.each([
    ['in its row', 'small'],
    ['in the bucket', Buffer.from(Array.from({ length: 40_000 }, (_, index) => (index * index * 7919) >>> 5))],
  ])('a repeated write whose first response was lost makes one event: %s', async (_, body) => {
    loseFirstResponse(services.clients.dynamodb);
    const id = await events.put(source, head, Buffer.from(body), nowMs);
    expect((await events.list(source.id, { limit: 10, nowMs })).items.map((event) => event.id)).toEqual([id]);
  });

  it('the same webhook sent twice makes two events', async () => {
    const ids = [
      await events.put(source, head, Buffer.from('same'), 1_000),
      await events.put(source, head, Buffer.from('same'), 1_000),
    ];
    expect((await events.list(source.id, { limit: 10, nowMs })).items.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it('copies that share an id are stored once, and the first learns that it was stored', async () => {
    const id = newEventId(source.id, 1_000);
    // These bytes do not deflate, so all bodies become objects.
    const [first, ...others] = Array.from({ length: 3 }, () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(40_000))),
    );
    expect(await events.putAs(id, source, head, first ?? Buffer.alloc(0), 1_000)).toBe(true);
    for (const body of others) expect(await events.putAs(id, source, head, body, 2_000)).toBe(false);
    const stored = (await events.list(source.id, { limit: 10, nowMs })).items;
    expect(stored.map((event) => event.id)).toEqual([id]);
    const [body] = await Promise.all(stored.map(({ request }) => events.bodyOf(decodeRequest(request))));
    expect(first?.equals(body ?? Buffer.alloc(0))).toBe(true);
  });

  it('the first of several copies learns that it was stored although the first response was lost', async () => {
    loseFirstResponse(services.clients.dynamodb);
    const id = newEventId(source.id, 1_000);
    expect(await events.putAs(id, source, head, Buffer.from('first'), 1_000)).toBe(true);
  });
});

describe('an event that has expired but is not deleted yet', () => {
  const DAY_MS = 86_400_000;
  const expiredMs = nowMs + 30 * DAY_MS;

  it('an expired event is not found from that second on', async () => {
    const id = await events.put(source, head, Buffer.from('body'), nowMs);
    expect(await events.getUnexpired(source.id, id, expiredMs - 1)).toMatchObject({ id });
    expect(await events.getUnexpired(source.id, id, expiredMs)).toBeUndefined();
  });

  it('an expired event is still found for deliveries under way', async () => {
    const id = await events.put(source, head, Buffer.from('body'), nowMs);
    expect(await events.get(source.id, id)).toMatchObject({ id });
  });

  it('expired events are omitted from every page of a list', async () => {
    const ids = [];
    for (let second = 0; second < 6; second++) {
      ids.unshift(await events.put(source, head, Buffer.from('body'), nowMs + second * 1000));
    }
    const page = { limit: 2, nowMs: expiredMs + 1000 };
    const list = async (over: object) => {
      const { items, next } = await events.list(source.id, { ...page, ...over });
      return { ids: items.map(({ id }) => id), next };
    };
    expect(await list({})).toEqual({ ids: ids.slice(0, 2), next: ids[1] });
    expect(await list({ after: ids[1] })).toEqual({ ids: ids.slice(2, 4), next: undefined });
    expect(await list({ after: ids[4] })).toEqual({ ids: [], next: undefined });
    expect(await list({ after: ids[5] })).toEqual({ ids: [], next: undefined });
    expect(await list({ untilMs: nowMs + 1000 })).toEqual({ ids: [], next: undefined });
  });

  it('an event stored with a shorter retention is omitted from lists once it has expired', async () => {
    const shorter = new EventStore({ ...options(), retentionDays: 7 });
    await shorter.put(source, head, Buffer.from('body'), nowMs);
    const kept = await events.put(source, head, Buffer.from('body'), nowMs + 1000);
    await shorter.put(source, head, Buffer.from('body'), nowMs + 2000);
    const { items, next } = await events.list(source.id, { limit: 1, nowMs: nowMs + 8 * DAY_MS });
    expect([items.map(({ id }) => id), next]).toEqual([[kept], undefined]);
  });
});
