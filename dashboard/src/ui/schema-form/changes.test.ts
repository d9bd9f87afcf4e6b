import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf, editsOf } from './changes.ts';

const before = { name: 'Orders', rate_limit: { limit: 5, period: 'second' }, retry_on: ['5xx'], method: null };

describe('the changes of a form', () => {
  it.each([
    ['nothing', before, {}],
    ['the new value', { ...before, name: 'Others' }, { name: 'Others' }],
    ['null for a field that is switched off', { ...before, rate_limit: null }, { rate_limit: null }],
    ['nothing for a field that is no longer given', { ...before, name: undefined }, {}],
    ['nothing for the same value in another order', { ...before, rate_limit: { period: 'second', limit: 5 } }, {}],
    ['a list in another order', { ...before, retry_on: ['error', '5xx'] }, { retry_on: ['error', '5xx'] }],
    ['an empty list, not null', { ...before, method: [] }, { method: [] }],
    [
      'an object as a whole',
      { ...before, rate_limit: { limit: 6, period: 'second' } },
      { rate_limit: { limit: 6, period: 'second' } },
    ],
  ])('the changes are %s', (_, after, changes) => {
    expect(changesOf(before, after)).toEqual(changes);
  });

  it('applying the edits to the old values gives the shown ones, and equal values have no changes', () => {
    const values = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue());
    fc.assert(
      fc.property(values, values, (was, is) => {
        expect(changesOf(was, structuredClone(was))).toEqual({});
        const shown: Record<string, unknown> = { ...was, ...editsOf(was, is) };
        expect(Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined))).toEqual(is);
      }),
    );
  });
});
