import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest } from '../testing/api.fixture.ts';
import { failedAttempt, HistoryUnderTest, okAttempt } from '../testing/history.fixture.ts';

let api: ApiUnderTest;
let history: HistoryUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  history = new HistoryUnderTest(api.services);
});
afterAll(() => api.close());

describe('deliveries', () => {
  const states = [
    { status: 'succeeded' },
    { status: 'retrying', nextAttemptAtMs: Date.UTC(2026, 10, 23) },
    { status: 'cancelled', reason: 'destination_deleted' },
    { status: 'dead', reason: 'retries_exhausted' },
    { status: 'pending' },
  ] as const;
  type Listed = { id: string; status: string }[];

  /** All pages of a list. */
  async function everyPage(query: Record<string, string>): Promise<Listed> {
    const found: Listed = [];
    let cursor: string | null = null;
    do {
      const page = await api.ok('GET', '/v1/deliveries', { query: { ...query, ...(cursor && { cursor }) } });
      found.push(...page.deliveries);
      cursor = page.cursor;
    } while (cursor);
    return found;
  }

  it('deliveries are listed by state, of one destination or of all, page by page', async () => {
    const [one, other] = [await history.connected(api), await history.connected(api)];
    const made: Listed = [];
    for (let index = 0; index < 20; index++) {
      const ends = index % 3 ? one : other;
      const state = states[index % 5] ?? states[0];
      const eventId = await history.store(ends.source, 'body', [], Date.UTC(2998, 0, 1) + index);
      const id = await history.record(eventId, ends, [failedAttempt(1), okAttempt(2)], state);
      made.unshift({ id, status: state.status });
    }
    const since = new Date(Date.UTC(2998, 0, 1)).toISOString();
    for (const { status } of states) {
      const ids = made.filter((delivery) => delivery.status === status).map(({ id }) => id);
      const all = await everyPage({ status, since, limit: '3' });
      expect(all.map(({ id }) => id)).toEqual(ids);
      const ofOne = await everyPage({ status, destination_id: one.destination, limit: '1' });
      expect(ofOne.every((delivery) => delivery.status === status)).toBe(true);
      expect(ids.filter((id) => ofOne.some((delivery) => delivery.id === id))).toEqual(ofOne.map(({ id }) => id));
    }
  });

  it('a delivery leaves the list of a state when it leaves the state', async () => {
    const ends = await history.connected(api);
    const eventId = await history.store(ends.source, 'body');
    const list = async (status: string) =>
      (await everyPage({ destination_id: ends.destination, status })).map(({ id }) => id);
    const id = await history.record(eventId, ends, [failedAttempt(1)], { status: 'retrying', nextAttemptAtMs: 1 });
    expect([await list('retrying'), await list('succeeded')]).toEqual([[id], []]);
    await history.record(eventId, ends, [okAttempt(2)], { status: 'succeeded' });
    expect([await list('retrying'), await list('succeeded')]).toEqual([[], [id]]);
  });

  it('deliveries of one event are listed by state, including those without a row', async () => {
    const ends = await history.connected(api);
    const event_id = await history.store(ends.source, 'body');
    const list = async (status: string) => (await everyPage({ event_id, status })).length;
    expect([await list('pending'), await list('succeeded')]).toEqual([1, 0]);
    await history.record(event_id, ends, [okAttempt(1)], { status: 'succeeded' });
    expect([await list('pending'), await list('succeeded')]).toEqual([0, 1]);
  });

  it('an unknown state is rejected', async () => {
    const answer = await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/deliveries', { query: { status: 'lost' } });
    expect(answer.details[0]).toMatchObject({ path: 'status', problem: expect.stringContaining('retrying') });
  });
});
