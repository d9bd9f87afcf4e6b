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

describe('untrusted text', () => {
  it('text without right-to-left characters is unchanged', () => {
    expect(isolated('Café 42 → 東京')).toBe('Café 42 → 東京');
    expect(piecesOf('Café')).toEqual([{ kind: 'text', text: 'Café' }]);
  });

  it('right-to-left text is isolated in a title', () => {
    expect(`${isolated(SHOP)} → ${isolated(STOCK)}`).toBe(`\u2068${SHOP}\u2069 → \u2068${STOCK}\u2069`);
  });

  it('direction control characters are replaced by their code points', () => {
    expect(marked(`abc${OVERRIDE}exe.png`)).toBe('abc[U+202E]exe.png');
    expect(piecesOf(`a${OVERRIDE}b`)).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'turn', text: 'U+202E' },
      { kind: 'text', text: 'b' },
    ]);
  });

  it('right-to-left words form runs, and the JSON punctuation between them does not', () => {
    const runs = piecesOf(`{"${SHOP}": "${STOCK} ${SHOP}"}`).filter(({ kind }) => kind === 'run');
    expect(runs.map(({ text: run }) => run)).toEqual([SHOP, `${STOCK} ${SHOP}`]);
  });

  it('pieces lose no text, and only runs contain right-to-left characters', () => {
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

  it("isolated text can't end its own isolation", () => {
    fc.assert(
      fc.property(text, (given) => {
        const inside = isolated(given).replace(/^\u2068(.*)\u2069$/su, '$1');
        expect(inside).not.toMatch(/[\u200f\u202e\u2069]/u);
      }),
    );
  });
});
