import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deflate, inflate } from './deflate.ts';

test('whatever is deflated comes back, small or large', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 100 }), (part, times) => {
      const plain = Buffer.concat(Array<Uint8Array>(times).fill(part));
      expect(inflate(deflate(plain)).equals(plain)).toBe(true);
    }),
  );
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
