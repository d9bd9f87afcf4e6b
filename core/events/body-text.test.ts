import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodedText, textOf } from './body-text.ts';

describe('bytes as text', () => {
  it('come back byte for byte, whatever they are', () => {
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

  it('are base64 only where they are no UTF-8', () => {
    expect(encodedText(Buffer.from('naïve 🚢'))).toEqual({ text: 'naïve 🚢', encoding: 'utf8' });
    expect(encodedText(new Uint8Array([0xff, 0]))).toEqual({ text: '/wA=', encoding: 'base64' });
  });

  it('keep a byte order mark, which is a part of the body', () => {
    expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('\ufeffa');
  });

  it('that are cut lose the character that they end within, and no other', () => {
    const ship = Buffer.from('ahoi 🚢');
    expect(textOf(ship.subarray(0, -1), true)).toBe('ahoi ');
    expect(textOf(ship.subarray(0, -1))).toBeUndefined();
    expect(textOf(new Uint8Array([0xff, 0x61]), true)).toBeUndefined();
    // What one has begun is nothing to the next.
    expect(textOf(Buffer.from('aye'), true)).toBe('aye');
  });

  it('are those of the view alone, not of what lies beside it', () => {
    const beside = new Uint8Array([1, 0xff, 2]);
    expect(encodedText(beside.subarray(1, 2))).toEqual({ text: '/w==', encoding: 'base64' });
  });
});
