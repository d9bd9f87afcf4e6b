import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deflate, inflate } from './deflate.ts';
import { PRESET_DICTIONARY } from './preset-dictionary.ts';

test('any deflated bytes inflate to the original', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 100 }), (part, times) => {
      const plain = Buffer.concat(Array<Uint8Array>(times).fill(part));
      expect(inflate(deflate(plain)).equals(plain)).toBe(true);
    }),
  );
});

test('bytes deflated before there was a dictionary still inflate', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 3_000 }), fc.constantFrom(1, 6), (text, level) => {
      expect(inflate(deflateRawSync(text, { level })).toString()).toBe(text);
    }),
  );
});

test('the dictionary is unchanged, because rows were written with it', () => {
  expect(createHash('sha256').update(PRESET_DICTIONARY).digest('hex')).toBe(
    '7ac79f26792a65ac192b6644cb639477df4f1cd8f170c9fbcc6f762c4b796d6f',
  );
});

test('the dictionary and a small input fit into the window of 8 KiB', () => {
  // zlib keeps 262 bytes of it for the longest match: `MIN_LOOKAHEAD` in its deflate.h.
  expect(PRESET_DICTIONARY.byteLength + 4 * 1024).toBeLessThanOrEqual(8 * 1024 - 262);
});

test('text of any size becomes smaller', () => {
  for (const bytes of [1_000, 4_096, 4_097, 100_000]) {
    const json = JSON.stringify(Array.from({ length: bytes / 10 }, (_, index) => `item ${index}`)).slice(0, bytes);
    expect(deflate(Buffer.from(json)).byteLength).toBeLessThan(bytes / 2);
  }
});

test('damaged bytes are refused', () => {
  expect(() => inflate(Uint8Array.of(255, 255, 255))).toThrow();
});
