import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../core/events/stored-request.ts';
import { newEventId, newId } from '../../core/ids.ts';
import type { OrderingKey } from '../../core/pace/ordering-key.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import type { LineEntry } from '../stores/deliveries/line-entry-codec.ts';
import { EventLines } from './event-lines.ts';

const EVENTS = 20;
const sourceId = newId('src');
const organizationId = newId('org');
const destinationId = newId('dst');
const head = { method: 'POST', path: '', query: '', headers: [['X-Shop', 'a']] as const, sourceIp: '192.0.2.1' };

/** Puts events with bodies of this size, stored in the bucket, into a line ordered by this key. */
async function linedUp(fifoBy: OrderingKey, sizeBytes: number) {
  const body = Buffer.from(JSON.stringify({ shop: 'a', filler: 'x'.repeat(sizeBytes - 25) }));
  const request = encodeRequest({ head, body: { kind: 'object', key: 'a/b', sizeBytes } });
  const connection = { id: newId('con'), destinationId, filter: null };
  const pace = { ...NO_PACE, ordering: { fifoBy } };
  const routed = Array.from({ length: EVENTS }, (_, index) => {
    const event = { id: newEventId(sourceId, Date.now() + index), sourceId, organizationId, request };
    return { event, connection, pace };
  });
  let [fetched, now, most] = [0, 0, 0];
  let waiting: readonly LineEntry[] = [];
  const bodyOf = async () => {
    fetched++;
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return body;
  };
  const append = async (_: unknown, appended: readonly LineEntry[]) => {
    waiting = appended;
  };
  const lines = new EventLines({
    events: { bodyOf } as never,
    queue: { send: async () => {} } as never,
    lines: { append } as never,
    now: Date.now,
  });
  await lines.add(destinationId, routed);
  const ids = waiting.map(({ job }) => job.eventId);
  expect(ids).toEqual(routed.map(({ event }) => event.id));
  return { fetched, most, groups: new Set(waiting.map(({ group }) => group)) };
}

describe('a line ordered by a key', () => {
  it('bodies are not fetched if the key is a header', async () => {
    const { fetched, groups } = await linedUp({ header: 'x-shop' }, 4_500_000);
    expect(fetched).toBe(0);
    expect([...groups]).toEqual([expect.stringMatching(/^.{8,}$/)]);
  });

  it('bodies that are too long to have a key are not fetched', async () => {
    const { fetched, groups } = await linedUp({ body: 'shop' }, 1_048_577);
    expect(fetched).toBe(0);
    expect([...groups]).toEqual(['']);
  });

  it('bodies are fetched if the key is one of their fields, large ones one at a time and small ones together', async () => {
    const large = await linedUp({ body: 'shop' }, 1_048_576);
    expect(large).toMatchObject({ fetched: EVENTS, most: 1 });
    const small = await linedUp({ body: 'shop' }, 20_000);
    expect(small).toMatchObject({ fetched: EVENTS, most: EVENTS });
    expect([...large.groups]).toEqual([expect.stringMatching(/^.{8,}$/)]);
    expect(small.groups).toEqual(large.groups);
  });
});
