import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { truncate, widthOf } from './text-width.ts';

/** Characters as readers see them, of each kind: those that take no cell, one cell, or two. */
const character = fc.constantFrom(
  'a',
  'ß',
  'e\u0301',
  'x\u0323\u0301',
  '日',
  '한',
  '😀',
  '👍🏽',
  '👩‍👩‍👧',
  '🇩🇪',
  '❤️',
  '\u200b',
  '…',
);
const characters = fc.array(character, { maxLength: 30 });

describe('a truncated text', () => {
  it.each([
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['日本語', 6, '日本語'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
    ['👩‍👩‍👧👩‍👩‍👧', 2, '…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('%s is truncated to %i cells', (text, width, expected) => {
    expect(truncate(text, width)).toBe(expected);
  });

  it('a truncated text fits its width, with as many whole characters as possible', () => {
    fc.assert(
      fc.property(characters, fc.integer({ min: 1, max: 40 }), (all, width) => {
        const text = all.join('');
        const short = truncate(text, width);
        expect(widthOf(short)).toBeLessThanOrEqual(width);
        if (short === text) return;
        const beginnings = all.map((_, count) => `${all.slice(0, count).join('')}…`);
        expect(short).toBe(beginnings.findLast((one) => widthOf(one) <= width));
      }),
    );
  });
});
