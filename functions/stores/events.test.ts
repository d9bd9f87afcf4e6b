import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newEventId, newId } from '../../core/ids.ts';
import { decodeRequest } from '../../core/stored-request.ts';
import { resourceNames, startServices, type TestServices } from '../../test/support/services.ts';
import { EventStore } from './events.ts';

const source = { id: newId('src'), organizationId: newId('org') };
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };

let services: TestServices;
let events: EventStore;
beforeEach(async () => {
  services = await startServices();
  const { dynamodb, s3 } = services.clients;
  events = new EventStore({
    dynamodb,
    s3,
    table: resourceNames.events,
    bucket: resourceNames.bucket,
    retentionDays: 30,
  });
});
afterEach(() => services.close());

/** The first answer is lost on its way, and the SDK sends the same request again. */
function loseFirstAnswer(dynamodb: DynamoDBClient): void {
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
  ])('makes one event, though its write was answered only the second time: %s', async (_, body) => {
    loseFirstAnswer(services.clients.dynamodb);
    const id = await events.put(source, head, Buffer.from(body), Date.now());
    expect((await events.list(source.id, { limit: 10 })).items.map((event) => event.id)).toEqual([id]);
  });

  it('makes two events of the same webhook sent twice', async () => {
    const ids = [
      await events.put(source, head, Buffer.from('same'), 1_000),
      await events.put(source, head, Buffer.from('same'), 1_000),
    ];
    expect((await events.list(source.id, { limit: 10 })).items.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it('under an id that copies share stores the first of them, and tells which one that is', async () => {
    const id = newEventId(source.id, 1_000);
    // Of bytes that do not deflate: all are objects.
    const [first, ...others] = Array.from({ length: 3 }, () =>
      Buffer.from(crypto.getRandomValues(new Uint8Array(40_000))),
    );
    expect(await events.putAs(id, source, head, first ?? Buffer.alloc(0), 1_000)).toBe(true);
    for (const body of others) expect(await events.putAs(id, source, head, body, 2_000)).toBe(false);
    const stored = (await events.list(source.id, { limit: 10 })).items;
    expect(stored.map((event) => event.id)).toEqual([id]);
    const [body] = await Promise.all(stored.map(({ request }) => events.bodyOf(decodeRequest(request))));
    expect(first?.equals(body ?? Buffer.alloc(0))).toBe(true);
  });

  it('under such an id is the first one, though its write was answered only the second time', async () => {
    loseFirstAnswer(services.clients.dynamodb);
    const id = newEventId(source.id, 1_000);
    expect(await events.putAs(id, source, head, Buffer.from('first'), 1_000)).toBe(true);
  });
});
