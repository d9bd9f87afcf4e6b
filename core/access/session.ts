import { isSecretText, newSecretText, type SecretDigest } from '../secrets/secret-text.ts';
import type { ApiKey } from './api-key.ts';

/** A session of a browser, opened with a key, so that the browser does not store the key itself. */
export interface Session {
  /** Digest of the token in the cookie. */
  readonly digest: SecretDigest;
  readonly opener: SessionOpener;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Fixed: using the session does not extend it. */
  readonly expiresAt: string;
}

/** The key that opened it. It is checked again with every request, so a session is never worth more than its key. */
export type SessionOpener =
  /** `proof` is derived from the token with the root key of that time. */
  { readonly kind: 'root'; readonly proof: string } | { readonly kind: 'api_key'; readonly digest: SecretDigest };

/** A working day: long enough to log in once, and over by the next one. */
export const SESSION_HOURS = 12;
const SESSION_MS = SESSION_HOURS * 3_600_000;

const PREFIX = 'hws';

export function newSessionToken(): string {
  return newSecretText(PREFIX);
}

export function isSessionToken(text: string): boolean {
  return isSecretText(PREFIX, text);
}

/** The end of a session that is opened now, never after that of its key. @param keyExpiresAt `null` if it does not expire */
export function sessionEnd(now: Date, keyExpiresAt: ApiKey['expiresAt']): string {
  const end = now.getTime() + SESSION_MS;
  return new Date(keyExpiresAt === null ? end : Math.min(end, Date.parse(keyExpiresAt))).toISOString();
}
