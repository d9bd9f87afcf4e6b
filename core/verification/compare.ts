import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** In constant time: of digests, because a comparison of the texts themselves would tell by its time how long the secret is. */
export function isSame(expected: string, given: string): boolean {
  return timingSafeEqual(digest(expected), digest(given));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Of parts one after the other, so that a body need not be copied to be signed. */
export function hmac(
  algorithm: HmacAlgorithm,
  key: string | Uint8Array,
  encoding: 'hex' | 'base64',
  ...parts: readonly (string | Uint8Array)[]
): string {
  // A key object, as in core/signing/signature.ts: of bytes Node learns by an exception that they are none.
  const mac = createHmac(algorithm, typeof key === 'string' ? key : createSecretKey(key));
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
}

/** Whether a moment that a sender has signed is near enough to be no replay. Either side's clock may be ahead. */
export function isWithin(toleranceSeconds: number, momentMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - momentMs) <= toleranceSeconds * 1000;
}

/** Until the year 5138 no time in seconds has more digits than this, and since 1973 none in milliseconds has fewer. */
const SECONDS_BELOW = 100_000_000_000;

/** A Unix time in seconds, or in milliseconds, as a header has it. */
export function unixTimeMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value < SECONDS_BELOW ? value * 1000 : value;
}
