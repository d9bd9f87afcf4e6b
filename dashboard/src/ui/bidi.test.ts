import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isolated, marked, piecesOf } from './bidi.ts';

/** An override, with which a file named `exe.cba` is read as `abc.exe`. */
const OVERRIDE = '\u202e';
const [SHOP, STOCK] = ['متجر', 'مخزن'];

const character = fc.constantFrom(
  'a',
  '1',
  ' ',
  '"',
  ',',
  'ש',
  'م',
  '\u{1e900}',
  OVERRIDE,
  '\u200f',
  '\u2069',
  '\u{1f6d2}',
);
const text = fc.string({ unit: character });

describe('text from elsewhere', () => {
  it('is itself where nothing in it may turn the direction', () => {
    expect(isolated('Café 42 → 東京')).toBe('Café 42 → 東京');
    expect(piecesOf('Café')).toEqual([{ kind: 'text', text: 'Café' }]);
  });

  it('stands by itself in a title where it has letters from right to left', () => {
    expect(`${isolated(SHOP)} → ${isolated(STOCK)}`).toBe(`\u2068${SHOP}\u2069 → \u2068${STOCK}\u2069`);
  });

  it('has the names of characters that turn the direction, and not those', () => {
    expect(marked(`abc${OVERRIDE}exe.png`)).toBe('abc[U+202E]exe.png');
    expect(piecesOf(`a${OVERRIDE}b`)).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'turn', text: 'U+202E' },
      { kind: 'text', text: 'b' },
    ]);
  });

  it('is in runs of its letters: what is between names and values in JSON is in none', () => {
    const runs = piecesOf(`{"${SHOP}": "${STOCK} ${SHOP}"}`).filter(({ kind }) => kind === 'run');
    expect(runs.map(({ text: run }) => run)).toEqual([SHOP, `${STOCK} ${SHOP}`]);
  });

  it('loses nothing by that, and what is not in a run turns nothing', () => {
    fc.assert(
      fc.property(text, (given) => {
        const pieces = piecesOf(given);
        const back = pieces.map((piece) =>
          piece.kind === 'turn' ? String.fromCharCode(Number.parseInt(piece.text.slice(2), 16)) : piece.text,
        );
        expect(back.join('')).toBe(given);
        for (const piece of pieces) {
          if (piece.kind !== 'run') expect(piece.text).not.toMatch(/[\u200f\u202e\u2069שم\u{1e900}]/u);
        }
      }),
    );
  });

  it('can not end its own isolation', () => {
    fc.assert(
      fc.property(text, (given) => {
        const inside = isolated(given).replace(/^\u2068(.*)\u2069$/su, '$1');
        expect(inside).not.toMatch(/[\u200f\u202e\u2069]/u);
      }),
    );
  });
});
