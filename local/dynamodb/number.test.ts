import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  compareDecimals,
  compareNumbers,
  formatDecimal,
  normalizeNumber,
  parseDecimal,
  sortableNumber,
  subtractDecimals,
} from './number.ts';

/** Any number that DynamoDB can hold, as a client may write it. */
const number = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }), fc.integer({ min: -130, max: 87 }))
  .map(([negative, digits, exponent]) => `${negative ? '-' : ''}${digits}e${exponent}`);

/** Small enough that sums stay within 38 digits. */
const summand = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: -10, max: 10 }))
  .map(([digits, exponent]) => ({ text: `${digits}e${exponent}`, scaled: digits * 10n ** BigInt(exponent + 10) }));

describe('a number', () => {
  it('a number has a canonical text without exponent or needless zeros', () => {
    fc.assert(
      fc.property(number, (text) => {
        const canonical = normalizeNumber(text);
        expect(canonical).toMatch(/^(?:0|-?(?:[1-9]\d*(?:\.\d*[1-9])?|0\.\d*[1-9]))$/);
        expect(normalizeNumber(canonical)).toBe(canonical);
        expect(compareDecimals(parseDecimal(text), parseDecimal(canonical))).toBe(0);
      }),
    );
  });

  it('all spellings of a number have the same canonical text', () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 0, max: 5 }), (text, zeros) => {
        const [digits = '', exponent = ''] = text.split('e');
        expect(normalizeNumber(`${digits}.${'0'.repeat(zeros)}e${exponent}`)).toBe(normalizeNumber(text));
        expect(normalizeNumber(`${digits}${'0'.repeat(zeros)}e${Number(exponent) - zeros}`)).toBe(
          normalizeNumber(text),
        );
      }),
    );
  });

  it('numbers are added and subtracted exactly', () => {
    fc.assert(
      fc.property(summand, summand, (one, other) => {
        const [left, right] = [parseDecimal(one.text), parseDecimal(other.text)];
        const exact = (scaled: bigint) => normalizeNumber(`${scaled}e-10`);
        expect(formatDecimal(addDecimals(left, right))).toBe(exact(one.scaled + other.scaled));
        expect(formatDecimal(subtractDecimals(left, right))).toBe(exact(one.scaled - other.scaled));
      }),
    );
  });

  it('the byte order of sortable texts is the numeric order', () => {
    fc.assert(
      fc.property(number, number, (one, other) => {
        const order = Buffer.compare(Buffer.from(sortableNumber(one)), Buffer.from(sortableNumber(other)));
        expect(order).toBe(compareNumbers(one, other));
      }),
      { numRuns: 1000 },
    );
  });

  it('close numbers keep their order as sortable texts', () => {
    const close = fc
      .integer({ min: -300, max: 300 })
      .chain((value) => fc.integer({ min: -3, max: 3 }).map((exponent) => `${value}e${exponent}`));
    fc.assert(
      fc.property(close, close, (one, other) => {
        const [left, right] = [sortableNumber(one), sortableNumber(other)];
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(compareNumbers(one, other));
      }),
      { numRuns: 1000 },
    );
  });

  it.each(['', ' 5', '5 ', '0x5', '1e', 'e5', '.', '-', 'NaN', 'Infinity', '1_0', '1,5', '--1', '1e1.5'])(
    '%j is not a number',
    (text) => {
      expect(() => normalizeNumber(text)).toThrow('The parameter cannot be converted to a numeric value');
    },
  );

  it('a number or sum beyond the allowed magnitude or precision is refused', () => {
    expect(normalizeNumber(`${'9'.repeat(38)}e88`)).toHaveLength(126);
    expect(() => normalizeNumber('1e126')).toThrow('Number overflow');
    expect(() => normalizeNumber('1e-131')).toThrow('Number underflow');
    expect(() => normalizeNumber('1e999999999999')).toThrow('Number overflow');
    expect(() => normalizeNumber('1'.repeat(39))).toThrow('more than 38 significant digits');
    expect(() => addDecimals(parseDecimal('9e125'), parseDecimal('1e125'))).toThrow('Number overflow');
    expect(() => addDecimals(parseDecimal('1e37'), parseDecimal('0.1'))).toThrow('more than 38 significant digits');
  });
});
