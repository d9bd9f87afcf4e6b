import { describe, expect, it } from 'vitest';
import { encodeRequest } from '../../core/events/stored-request.ts';
import type { Filter } from '../../core/filter/filter.ts';
import { newEventId, newId } from '../../core/ids.ts';
import { EventFilters } from './event-filters.ts';

const sourceId = newId('src');
const head = { method: 'POST', path: '', query: '', headers: [], sourceIp: '192.0.2.1' };
const event = (body: unknown) => {
  const bytes = Buffer.from(JSON.stringify(body));
  const request = encodeRequest({ head, body: { kind: 'inline', bytes } });
  return { id: newEventId(sourceId, Date.now()), sourceId, organizationId: newId('org'), request };
};
const filters = new EventFilters({
  events: { bodyOf: async ({ body }) => (body.kind === 'inline' ? body.bytes : undefined) },
  source: async () => undefined,
});
const kindsOf = async (body: unknown, ...asked: (Filter | null)[]) =>
  (await filters.verdicts(event(body), asked)).map(({ kind }) => kind);

/** `count` values: each condition takes one step for each of them. */
const values = (count: number) => ({ n: Array(count).fill(0), small: 1 });
const costly: Filter = { body: { n: { $gt: 1 } } };
const cheap: Filter = { body: { small: 1 } };

describe('the filters of an event', () => {
  it('all filters are evaluated if together they stay within the steps of an event', async () => {
    const kinds = await kindsOf(values(190_000), ...Array<Filter>(10).fill(costly));
    expect(new Set(kinds)).toEqual(new Set(['differs']));
  });

  it('filters fail once those before them have used up the steps of an event', async () => {
    const verdicts = await filters.verdicts(event(values(190_000)), Array<Filter>(100).fill(costly));
    const failed = verdicts.flatMap((verdict) => (verdict.kind === 'failed' ? [verdict.message] : []));
    expect(verdicts.length - failed.length).toBe(10);
    const least = 'it takes more than the 5,000 steps that the filters before it have left of 2,000,000 for this event';
    expect(new Set(failed.slice(1))).toEqual(new Set([least]));
  });

  it('a cheap filter is evaluated whatever others have used', async () => {
    const kinds = await kindsOf(values(190_000), ...Array<Filter>(100).fill(costly), cheap, null);
    expect(kinds.slice(-3)).toEqual(['failed', 'matches', 'matches']);
  });

  it('a filter refused as too costly uses up nothing of what those behind it may take', async () => {
    const pattern: Filter = { body: { text: { $regex: '(x+x+)+y' } } };
    const kinds = await kindsOf({ text: 'x'.repeat(400_000), n: [1] }, pattern, pattern, pattern, pattern, pattern, {
      body: { n: 1 },
    });
    expect(kinds).toEqual([...Array(5).fill('failed'), 'matches']);
  });

  it('concurrent evaluation gives the same verdicts', async () => {
    const asked = [...Array<Filter>(20).fill(costly), cheap];
    const one = event(values(190_000));
    const evaluate = filters.createEvaluator(one);
    const verdicts = await Promise.all(asked.map((filter) => evaluate(filter)));
    expect(verdicts).toEqual(await filters.verdicts(one, asked));
    expect(verdicts.filter(({ kind }) => kind === 'failed').length).toBeGreaterThan(5);
  });
});
