import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, Hawser } from '../support/hawser.ts';

interface DeliveryResponse {
  readonly id: string;
  readonly status: string;
  readonly attempts: { status_code: number; response_body: string; request_headers: Record<string, string> }[];
}

let hawser: Hawser;
beforeAll(async () => {
  hawser = await Hawser.start();
});
afterAll(() => hawser.dispose());

/** A whole list, page by page. */
async function all<Item>(path: string, field: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const answer = await hawser.api<Record<string, unknown>>(
      'GET',
      `${path}&limit=100${cursor && `&cursor=${cursor}`}`,
    );
    expect(answer.status).toBe(200);
    items.push(...(answer.body[field] as Item[]));
    cursor = answer.body.cursor as string | null;
  }
  return items;
}

const eventsOf = (sourceId: string) => all<{ id: string }>(`/v1/events?source_id=${sourceId}`, 'events');
const deliveriesTo = (destinationId: string) =>
  all<DeliveryResponse>(`/v1/deliveries?destination_id=${destinationId}`, 'deliveries');

/** The deliveries, once none is under way and so nothing more can come. */
function ended(destinations: readonly { readonly id: string }[], count: number): Promise<DeliveryResponse[]> {
  return eventually(
    `the end of ${count} deliveries`,
    async () => {
      const deliveries = (await Promise.all(destinations.map(({ id }) => deliveriesTo(id)))).flat();
      const done = deliveries.filter(({ status }) => status === 'succeeded' || status === 'dead');
      return done.length === deliveries.length && done.length >= count && deliveries;
    },
    45_000,
  );
}

const statuses = (deliveries: readonly DeliveryResponse[]) =>
  Object.fromEntries([...Map.groupBy(deliveries, ({ status }) => status)].map(([status, of]) => [status, of.length]));

async function sendTo(ingestUrl: string): Promise<void> {
  const response = await fetch(ingestUrl, { method: 'POST', body: '{"order":7}' });
  expect(response.status).toBe(200);
}

describe('a webhook in a loop', () => {
  it('a webhook that its destination sends back to its source is refused the eighth time, and again at its retry', async () => {
    const { sourceId, ingestUrl } = await hawser.route('circle');
    const transform = 'function transform() { return { headers: {} }; }';
    const settings = { url: ingestUrl, retry_max_attempts: 1, retry_intervals: [1], transform };
    const { status, body } = await hawser.api<{ id: string }>('POST', `/v1/sources/${sourceId}/destinations`, settings);
    expect(status).toBe(201);
    await sendTo(ingestUrl);
    const deliveries = await ended([body], 8);
    expect(statuses(deliveries)).toEqual({ succeeded: 7, dead: 1 });
    expect(await eventsOf(sourceId)).toHaveLength(8);
    const refused = deliveries.find((delivery) => delivery.status === 'dead');
    const { attempts } = (await hawser.api<DeliveryResponse>('GET', `/v1/deliveries/${refused?.id}`)).body;
    expect(attempts.map(({ status_code }) => status_code)).toEqual([508, 508]);
    expect(attempts[0]?.request_headers['CDN-Loop']).toBe(Array(8).fill('hawser').join(', '));
    expect(JSON.parse(attempts[0]?.response_body ?? '')).toMatchObject({ code: 'LOOP_DETECTED' });
  });

  it('a loop over two sources that doubles the webhook at every second step ends by itself', async () => {
    const [first, second] = [await hawser.route('there'), await hawser.route('back')];
    const steps = [
      [first, second],
      [first, second],
      [second, first],
    ] as const;
    const destinations: { id: string }[] = [];
    for (const [from, to] of steps) {
      const settings = { url: to.ingestUrl, retry_max_attempts: 0, circuit_breaker: { enabled: false } };
      const path = `/v1/sources/${from.sourceId}/destinations`;
      destinations.push((await hawser.api<{ id: string }>('POST', path, settings)).body);
    }
    await sendTo(first.ingestUrl);
    // 2 + 2 + 4 + 4 + 8 + 8 + 16 are taken, and the last 16 refused.
    expect(statuses(await ended(destinations, 60))).toEqual({ succeeded: 44, dead: 16 });
    const events = [...(await eventsOf(first.sourceId)), ...(await eventsOf(second.sourceId))];
    expect(events).toHaveLength(45);
  });
});
