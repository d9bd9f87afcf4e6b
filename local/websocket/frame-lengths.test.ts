import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameLengths } from './frame-lengths.ts';

const MAX_BYTES = 300;

/** A frame as in https://www.rfc-editor.org/rfc/rfc6455#section-5.2, with the shortest form of its length. */
function frame({ bytes, masked }: { bytes: number; masked: boolean }): Buffer {
  const mask = masked ? 0x80 : 0;
  const header = bytes < 126 ? Buffer.of(0x81, mask | bytes) : Buffer.of(0x81, mask | 126, bytes >> 8, bytes & 0xff);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(bytes, 0xff)]);
}

const frames = fc.array(fc.record({ bytes: fc.nat(2 * MAX_BYTES), masked: fc.boolean() }), { maxLength: 20 });

it('each frame that is too long is noticed, and no other, wherever the bytes are split', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 })), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map(frame));
      const lengths = new FrameLengths();
      let exceeded = false;
      for (let at = 0, n = 0; at < bytes.length && !exceeded; n++) {
        const chunkBytes = cuts[n % cuts.length] ?? bytes.length;
        exceeded = lengths.exceed(MAX_BYTES, bytes.subarray(at, at + chunkBytes));
        at += chunkBytes;
      }
      expect(exceeded).toBe(sent.some((one) => one.bytes > MAX_BYTES));
    }),
  );
});

it('lengths of 64 bits are read, up to the largest', () => {
  const header = Buffer.from('81ff00000000000001', 'hex');
  expect(new FrameLengths().exceed(300, Buffer.concat([header, Buffer.of(0x2c, 0, 0, 0, 0)]))).toBe(false);
  expect(new FrameLengths().exceed(300, Buffer.concat([header, Buffer.of(0x2d, 0, 0, 0, 0)]))).toBe(true);
  expect(new FrameLengths().exceed(300, Buffer.from(`81ff${'ff'.repeat(8)}00000000`, 'hex'))).toBe(true);
});
