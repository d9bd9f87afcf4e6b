import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches, requestWith } from '../../../../core/filter/filter-under-test.ts';
import { partsOf } from './filter-parts.ts';

describe('the conditions of a filter', () => {
  it.each([
    ['one', { event_type: 'push' }, [{ event_type: 'push' }]],
    [
      'those of fields within each other',
      { body: { a: { b: 1, c: { $gt: 1, $lt: 5 } } }, method: 'POST' },
      [{ body: { a: { b: 1 } } }, { body: { a: { c: { $gt: 1, $lt: 5 } } } }, { method: 'POST' }],
    ],
    ['each header', { headers: { a: '1', b: '2' } }, [{ headers: { a: '1' } }, { headers: { b: '2' } }]],
    ['each of several', { $and: [{ path: '/a' }, { query: { b: '1' } }] }, [{ path: '/a' }, { query: { b: '1' } }]],
    [
      'one of what needs but one of several, or none',
      { $or: [{ path: '/a' }, { path: '/b' }], $not: { path: '/c' } },
      [{ $or: [{ path: '/a' }, { path: '/b' }] }, { $not: { path: '/c' } }],
    ],
    ['the body as a whole', { body: 'text' }, [{ body: 'text' }]],
  ])('are %s', (_, filter, parts) => {
    expect(partsOf(filter)).toEqual(parts);
  });

  it('all hold where the filter does, and else at least one does not', () => {
    const name = fc.constantFrom('a', 'b', 'a.b', '__proto__');
    const value = fc.constantFrom<unknown>(0, 'x', { $gt: 0 }, { $in: ['x', 1] }, { $exists: false });
    const field = fc.letrec<{ field: unknown }>((tie) => ({
      field: fc.oneof({ maxDepth: 3 }, value, fc.dictionary(name, tie('field'), { minKeys: 1, maxKeys: 2 })),
    })).field;
    const group = fc.letrec<{ group: Record<string, unknown> }>((tie) => ({
      group: fc.oneof(
        { maxDepth: 3 },
        fc.record({ body: field, headers: fc.record({ 'x-a': value }) }, { requiredKeys: ['body'] }),
        fc.record({ $and: fc.array(tie('group'), { minLength: 1, maxLength: 2 }), body: field }),
        fc.array(tie('group'), { minLength: 1, maxLength: 2 }).map(($or) => ({ $or })),
        tie('group').map(($not) => ({ $not })),
      ),
    })).group;
    const json = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<unknown>(0, 1, 'x'),
        fc.array(tie('json'), { maxLength: 2 }),
        fc.dictionary(name, tie('json'), { maxKeys: 2 }),
      ),
    })).json;
    fc.assert(
      fc.property(group, json, (filter, body) => {
        const request = requestWith(JSON.stringify(body), { headers: [['X-A', 'x']] });
        expect(partsOf(filter).every((part) => matches(part, request))).toBe(matches(filter, request));
      }),
    );
  });
});
