import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterPrefix } from './read-page.ts';

const text = fc.string({ unit: 'binary', maxLength: 4 });
const bytes = (value: string) => Buffer.from(value);

describe('the text after a prefix', () => {
  it('the upper bound of a prefix admits exactly the strings that begin with it', () => {
    fc.assert(
      fc.property(text, text, text, (prefix, rest, other) => {
        fc.pre(prefix !== '');
        const end = afterPrefix(prefix);
        if (end === undefined) return;
        const isWithin = (value: string) =>
          Buffer.compare(bytes(value), bytes(prefix)) >= 0 && Buffer.compare(bytes(value), bytes(end)) < 0;
        expect(isWithin(prefix + rest)).toBe(true);
        expect(isWithin(other)).toBe(other.startsWith(prefix));
      }),
      { numRuns: 1000 },
    );
  });

  it('the upper bound skips surrogates and the last code point', () => {
    expect(afterPrefix('a')).toBe('b');
    expect(afterPrefix('\ud7ff')).toBe('\ue000');
    expect(afterPrefix('a\u{10ffff}')).toBe('b');
    expect(afterPrefix('\u{10ffff}')).toBeUndefined();
  });
});
