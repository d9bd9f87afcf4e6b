import { createHash, createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** Compares in constant time. Compares digests, because comparing the texts themselves would reveal the secret's length by its timing. */
export function isSame(expected: string, given: string): boolean {
  return timingSafeEqual(digest(expected), digest(given));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** The HMAC of the concatenated parts, without copying a body to concatenate it. */
export function hmac(
  algorithm: HmacAlgorithm,
  key: string | Uint8Array,
  encoding: 'hex' | 'base64',
  ...parts: readonly (string | Uint8Array)[]
): string {
  // A key object, as in core/signing/signature.ts: given bytes, Node finds out by an exception that they are not one.
  const mac = createHmac(algorithm, typeof key === 'string' ? key : createSecretKey(key));
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
}

/** Whether a signed time is recent enough to rule out a replay. Either side's clock may be ahead. */
export function isWithin(toleranceSeconds: number, momentMs: number, nowMs: number): boolean {
  return Math.abs(nowMs - momentMs) <= toleranceSeconds * 1000;
}

/** Until the year 5138, times in seconds are below this; since 1973, times in milliseconds are above it. */
const SECONDS_BELOW = 100_000_000_000;

/** Parses a Unix time in seconds or milliseconds. */
export function parseUnixTimeMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value < SECONDS_BELOW ? value * 1000 : value;
}
