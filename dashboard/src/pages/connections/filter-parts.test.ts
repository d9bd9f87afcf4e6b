import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, requestWith, verdictOf } from '../../../../core/filter/filter.fixture.ts';
import { partsOf } from './filter-parts.ts';
import { findFirstUnmet } from './first-unmet.ts';

const name = fc.constantFrom('a', 'b', 'a.b', '__proto__');
const value = fc.constantFrom<unknown>(0, 'x', { $gt: 0 }, { $in: ['x', 1] }, { $exists: false });
const field = fc.letrec<{ field: unknown }>((tie) => ({
  field: fc.oneof({ maxDepth: 3 }, value, fc.dictionary(name, tie('field'), { minKeys: 1, maxKeys: 2 })),
})).field;
const filters = fc.letrec<{ group: Record<string, unknown> }>((tie) => ({
  group: fc.oneof(
    { maxDepth: 3 },
    fc.record({ body: field, headers: fc.record({ 'x-a': value }), method: value }, { requiredKeys: ['body'] }),
    fc.record({ $and: fc.array(tie('group'), { minLength: 1, maxLength: 2 }), body: field }),
    fc.array(tie('group'), { minLength: 1, maxLength: 2 }).map(($or) => ({ $or })),
    tie('group').map(($not) => ({ $not })),
  ),
})).group;
const jsons = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(0, 1, 'x'),
    fc.array(tie('json'), { maxLength: 2 }),
    fc.dictionary(name, tie('json'), { maxKeys: 2 }),
  ),
})).json;

describe('the conditions of a filter', () => {
  it.each([
    ['one', { event_type: 'push' }, [{ event_type: 'push' }]],
    [
      'those of nested fields',
      { body: { a: { b: 1, c: { $gt: 1, $lt: 5 } } }, method: 'POST' },
      [{ method: 'POST' }, { body: { a: { b: 1 } } }, { body: { a: { c: { $gt: 1, $lt: 5 } } } }],
    ],
    ['each header', { headers: { a: '1', b: '2' } }, [{ headers: { a: '1' } }, { headers: { b: '2' } }]],
    ['each part of $and', { $and: [{ path: '/a' }, { query: { b: '1' } }] }, [{ path: '/a' }, { query: { b: '1' } }]],
    [
      '$or and $not as one each',
      { $or: [{ path: '/a' }, { path: '/b' }], $not: { path: '/c' } },
      [{ $or: [{ path: '/a' }, { path: '/b' }] }, { $not: { path: '/c' } }],
    ],
    ['the body as a whole', { body: 'text' }, [{ body: 'text' }]],
  ])('the conditions are %s', (_, filter, parts) => {
    expect(partsOf(filter)).toEqual(parts);
  });

  it('all conditions hold exactly if the filter does', () => {
    fc.assert(
      fc.property(filters, jsons, (filter, body) => {
        const request = requestWith(JSON.stringify(body), { headers: [['X-A', 'x']] });
        expect(partsOf(filter).every((part) => matches(part, request))).toBe(matches(filter, request));
      }),
    );
  });
});

describe('the first unmet condition', () => {
  it("the first unmet condition is found for any filter that rejects an event, even one whose body can't be parsed", async () => {
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.oneof(
          jsons.map((json) => JSON.stringify(json)),
          fc.constant('{no JSON'),
        ),
        async (filter, body) => {
          const request = requestWith(body, { headers: [['X-A', 'x']] });
          fc.pre(verdictOf(filter, request).kind === 'differs');
          const parts = partsOf(filter);
          const first = await findFirstUnmet(parts, async (some) => verdictOf(some, request).kind !== 'differs');
          expect(first).toEqual(parts.find((part) => verdictOf(part, request).kind === 'differs'));
        },
      ),
    );
  });

  it.each([2, 11, 100])('the first unmet of %i conditions is found by binary search', async (count) => {
    const parts = Array.from({ length: count }, (_, index) => ({ method: String(index) }));
    for (const unmet of parts) {
      let asked = 0;
      const first = await findFirstUnmet(parts, async ({ $and }) => {
        asked++;
        return Array.isArray($and) && !$and.includes(unmet);
      });
      expect(first).toBe(unmet);
      expect(asked).toBeLessThanOrEqual(Math.ceil(Math.log2(count)));
    }
  });
});
