import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest } from './testing/api.fixture.ts';
import { type Connected, HistoryUnderTest, okAttempt } from './testing/history.fixture.ts';

/** More than a page of the configuration, and more than the number of lists that can each give a whole page. */
const OWNERS = 130;
/** How many belong to one of them. They are the newest, so it alone would fill the first page. */
const OF_THE_BUSY_ONE = 120;

let api: ApiUnderTest;
const made = { events: [] as string[], deliveries: [] as string[] };
beforeAll(async () => {
  api = await ApiUnderTest.start();
  const history = new HistoryUnderTest(api.services);
  const ends: Connected[] = [];
  for (let index = 0; index < OWNERS; index++) ends.push(await history.connected(api));
  const startMs = Date.now();
  const add = async (to: Connected, atMs: number) => {
    const eventId = await history.store(to.source, '{}', [], atMs);
    made.events.unshift(eventId);
    made.deliveries.unshift(await history.record(eventId, to, [okAttempt(1)], { status: 'succeeded' }));
  };
  for (const [index, one] of ends.entries()) await add(one, startMs + index);
  const [busy] = ends;
  for (let index = 0; busy && index < OF_THE_BUSY_ONE; index++) await add(busy, startMs + OWNERS + index);
}, 120_000);
afterAll(() => api.close());

describe('an organization with more than a hundred sources and destinations', () => {
  it.each([
    ['events', '20'],
    ['events', '100'],
    ['deliveries', '20'],
    ['deliveries', '100'],
  ] as const)('all %s come in one list, newest first, each once, %s a page', async (plural, limit) => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await api.ok('GET', `/v1/${plural}`, { query: { limit, ...(cursor && { cursor }) } });
      expect(page[plural].length).toBeGreaterThan(0);
      found.push(...page[plural].map(({ id }: { id: string }) => id));
      cursor = page.cursor;
    } while (cursor);
    expect(found).toEqual(made[plural]);
  });

  it('a search for an event type is rejected unless it names a source', async () => {
    const answer = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/events', { query: { event_type: 'push' } });
    expect(answer.details).toEqual([
      { path: 'source_id', problem: 'must be given: there are more than 100 to look through' },
    ]);
  });
});
