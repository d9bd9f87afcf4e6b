import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPage } from './page.ts';

/** A list of numbers, the greatest first; a query returns at most so many, however many were requested. */
function listOf(rows: readonly number[], atMost: number) {
  const asked: number[] = [];
  return {
    asked,
    query: async (after: number | undefined, maxRows: number) => {
      asked.push(maxRows);
      const start = after === undefined ? 0 : rows.findIndex((row) => row < after);
      const found = start === -1 ? [] : rows.slice(start, start + Math.min(maxRows, atMost));
      const last = found.at(-1);
      return { rows: found, ...(last !== undefined && last !== rows.at(-1) && { last }) };
    },
    keyOf: (row: number) => row,
  };
}

const descending = (length: number) => Array.from({ length }, (_, index) => length - index);

describe('the pages of a list', () => {
  it('the pages together contain each wanted row once, in order, however little a query returns', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 100 }),
        fc.func(fc.boolean()),
        async (length, atMost, limit, isKept) => {
          const rows = descending(length);
          const keep = (row: number) => isKept(row);
          const shown: number[] = [];
          let after: number | undefined;
          do {
            const { asked, ...list } = listOf(rows, atMost);
            const page = await readPage({ limit, after }, { ...list, keep });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            expect(asked.length).toBeLessThanOrEqual(5);
            shown.push(...page.items);
            after = page.next;
          } while (after !== undefined);
          expect(shown).toEqual(rows.filter(keep));
        },
      ),
    );
  });

  it('a page without a filter takes one query of one row more than it shows', async () => {
    const { asked, ...list } = listOf(descending(10_000), 10_000);
    expect((await readPage({ limit: 20 }, list)).next).toBe(9_981);
    expect(asked).toEqual([21]);
  });

  it('a page with a filter reads about a thousand rows, and the next goes on where it stopped', async () => {
    const { asked, ...list } = listOf(descending(10_000), 10_000);
    const keep = (row: number) => row <= 10;
    const page = await readPage({ limit: 20 }, { ...list, keep });
    expect(page).toEqual({ items: [], next: 10_000 - 21 - 4 * 250 + 1 });
    expect(asked).toEqual([21, 250, 250, 250, 250]);
    expect(await readPage({ limit: 20, after: 11 }, { ...list, keep })).toEqual({
      items: [10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
    });
  });
});
