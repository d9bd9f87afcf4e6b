import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedText, textOf } from './body-text.ts';

describe('bytes as text', () => {
  it('any bytes survive the round trip', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const { text, encoding } = encodedText(bytes);
          expect(Buffer.from(text, encoding).equals(bytes)).toBe(true);
        },
      ),
    );
  });

  it('bytes are in base64 only if they are not UTF-8', () => {
    expect(encodedText(Buffer.from('naïve 🚢'))).toEqual({ text: 'naïve 🚢', encoding: 'utf8' });
    expect(encodedText(new Uint8Array([0xff, 0]))).toEqual({ text: '/wA=', encoding: 'base64' });
  });

  it('a byte order mark is kept as part of the body', () => {
    expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('\ufeffa');
  });

  it('a cut within a character drops that character and no other', () => {
    const ship = Buffer.from('ahoi 🚢');
    expect(textOf(ship.subarray(0, -1), true)).toBe('ahoi ');
    expect(textOf(ship.subarray(0, -1))).toBeUndefined();
    expect(textOf(new Uint8Array([0xff, 0x61]), true)).toBeUndefined();
    // An unfinished character must not affect the next call.
    expect(textOf(Buffer.from('aye'), true)).toBe('aye');
  });

  it('only the bytes of the view are read, not those beside it', () => {
    const beside = new Uint8Array([1, 0xff, 2]);
    expect(encodedText(beside.subarray(1, 2))).toEqual({ text: '/w==', encoding: 'base64' });
  });
});
