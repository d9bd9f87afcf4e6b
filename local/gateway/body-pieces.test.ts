import { expect, it } from 'vitest';
import { BodyPieces } from './body-pieces.ts';

/** A body of this many bytes, added in pieces of the given sizes, which are repeated in turn. */
function inPieces(bytes: number, sizes: readonly number[]) {
  const body = Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7) % 251));
  const pieces = new BodyPieces();
  let cost = 0;
  for (let from = 0, count = 0; from < bytes; count++) {
    const to = Math.min(from + (sizes[count % sizes.length] ?? 1), bytes);
    const piece = Buffer.from(body.subarray(from, to));
    cost += pieces.costOf(piece);
    pieces.add(piece);
    from = to;
  }
  return { body, pieces, cost };
}

it.each([
  [[1]],
  [[100]],
  [[511]],
  [[512]],
  [[65_536]],
  [[1, 512]],
  [[511, 513]],
  [[1, 65_536]],
  [[700, 1, 3, 511, 12_000, 2]],
])('a body is the same whatever its pieces, and takes at most twice its length in memory: %j', (sizes) => {
  const { body, pieces, cost } = inPieces(300_000, sizes);
  expect([pieces.bytes, pieces.heldBytes]).toEqual([300_000, cost]);
  expect(pieces.heldBytes).toBeLessThanOrEqual(2 * 300_000 + 512);
  expect(pieces.toBuffer().equals(body)).toBe(true);
});

it('a body without bytes is empty', () => {
  expect(new BodyPieces().toBuffer()).toHaveLength(0);
});

it('a body that arrives in one piece is not copied', () => {
  const piece = Buffer.alloc(512);
  const pieces = new BodyPieces();
  pieces.add(piece);
  expect(pieces.toBuffer()).toBe(piece);
});
