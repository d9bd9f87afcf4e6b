import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OneShotSha256 } from './one-shot-sha256.ts';

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => Uint8Array.from(bytes).buffer),
  // A view into the middle of its buffer.
  fc.uint8Array({ minLength: 2 }).map((bytes) => new DataView(bytes.buffer, 1, bytes.byteLength - 1)),
);
const parts = fc.array(part, { maxLength: 4 });

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(new Uint8Array(data));
}

async function digestOf(secret: Parameters<typeof bytesOf>[0] | undefined, all: Parameters<typeof bytesOf>[0][]) {
  const sha256 = new OneShotSha256(secret);
  for (const each of all) sha256.update(each);
  return Buffer.from(await sha256.digest()).toString('hex');
}

test('without a secret it is SHA-256 of all that came, in whatever pieces', async () => {
  await fc.assert(
    fc.asyncProperty(parts, async (all) => {
      const expected = createHash('sha256').update(Buffer.concat(all.map(bytesOf)));
      expect(await digestOf(undefined, all)).toBe(expected.digest('hex'));
    }),
  );
});

test('with a secret it is HMAC', async () => {
  await fc.assert(
    fc.asyncProperty(part, parts, async (secret, all) => {
      const expected = createHmac('sha256', bytesOf(secret)).update(Buffer.concat(all.map(bytesOf)));
      expect(await digestOf(secret, all)).toBe(expected.digest('hex'));
    }),
  );
});

test('text is taken in the encoding that is named', async () => {
  const sha256 = new OneShotSha256();
  sha256.update('é', 'latin1');
  expect(Buffer.from(await sha256.digest())).toEqual(createHash('sha256').update('é', 'latin1').digest());
});
