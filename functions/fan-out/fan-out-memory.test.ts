import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeRequest, type StoredRequest } from '../../core/events/stored-request.ts';
import type { Filter } from '../../core/filter/filter.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { NO_PACE } from '../../core/pace/pace.ts';
import { EventFilters } from '../shared/event-filters.ts';
import { FanOut } from './fan-out.ts';

const EVENTS = 30;
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };
const sourceId = newId('src');
const organizationId = newId('org');

afterEach(() => vi.restoreAllMocks());

function batchOf(body: StoredRequest['body'], events = EVENTS) {
  const request = encodeRequest({ head, body });
  return Array.from({ length: events }, (_, index) => ({
    sequenceNumber: String(index),
    event: { id: newEventId(sourceId, Date.now() + index), sourceId, organizationId, request },
  }));
}

/** What is sent does not matter here. For an event that matches, the pace is read once its filters are done with its body. */
function fanOut(filter: Filter | null, filters: EventFilters, done: () => void) {
  const connection = { id: newId('con'), destinationId: newId('dst'), filter };
  return new FanOut({
    events: { bodyOf: async () => undefined } as never,
    queue: { send: async () => {} } as never,
    connections: async () => [connection],
    pace: async () => {
      done();
      return NO_PACE;
    },
    lines: { add: async () => {} },
    counts: { add: async () => {} },
    filters,
  });
}

function filtersOver(bodyOf: (request: StoredRequest) => Promise<Uint8Array | undefined>): EventFilters {
  return new EventFilters({ events: { bodyOf }, source: async () => undefined });
}

/** Counts how many of something there are, and the most at a time. */
class Alive {
  most = 0;
  all = 0;
  #now = 0;

  begin(): void {
    this.all++;
    this.most = Math.max(this.most, ++this.#now);
  }

  end(): void {
    this.#now--;
  }
}

describe('a batch of events with filters', () => {
  it('at most four bodies are parsed at a time, however small they are when compressed', async () => {
    const body = Buffer.from(`[${'{},'.repeat(165_000)}{"amount":2}]`);
    const batch = batchOf({ kind: 'inline', bytes: body });
    expect(batch[0]?.event.request.byteLength).toBeLessThan(5_000);
    const parsed = new Alive();
    const parse = JSON.parse;
    vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) => {
      if (text.length === body.byteLength) parsed.begin();
      return parse(text, reviver);
    });
    const filters = filtersOver(async (request) => (request.body.kind === 'inline' ? request.body.bytes : undefined));
    await fanOut({ body: { amount: { $gt: 1 } } }, filters, () => parsed.end()).fanOut(batch);
    expect(parsed.all).toBe(EVENTS);
    expect(parsed.most).toBeLessThanOrEqual(4);
  });

  it('large bodies are fetched one at a time, and small ones together', async () => {
    const largest = async (sizeBytes: number) => {
      const fetched = new Alive();
      const text = JSON.stringify({ amount: 2, filler: 'x'.repeat(sizeBytes - 24) });
      const filters = filtersOver(async () => {
        fetched.begin();
        await new Promise((resolve) => setImmediate(resolve));
        return Buffer.from(text);
      });
      const batch = batchOf({ kind: 'object', key: 'a/b', sizeBytes });
      await fanOut({ body: { amount: { $gt: 1 } } }, filters, () => fetched.end()).fanOut(batch);
      expect(fetched.all).toBe(EVENTS);
      return fetched.most;
    };
    expect(await largest(1_000_000)).toBeLessThanOrEqual(2);
    expect(await largest(20_000)).toBe(EVENTS);
  });

  it('events without filters do not wait for those with filters', async () => {
    const begun = new Alive();
    const filters = filtersOver(() => new Promise(() => {}));
    const filtered = fanOut({ body: { amount: 1 } }, filters, () => {});
    void filtered.fanOut(batchOf({ kind: 'object', key: 'a/b', sizeBytes: 1_000_000 }));
    await fanOut(null, filters, () => begun.begin()).fanOut(batchOf({ kind: 'inline', bytes: Buffer.from('{}') }));
    expect(begun.all).toBe(EVENTS);
  });
});
