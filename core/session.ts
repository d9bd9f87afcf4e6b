import type { ApiKey } from './api-key.ts';
import { isSecretText, newSecretText, type SecretDigest } from './secret-text.ts';

/** A browser's stay: opened with a key, so that the key itself is kept nowhere in the browser. */
export interface Session {
  /** Of the token in the cookie. */
  readonly digest: SecretDigest;
  readonly opener: SessionOpener;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Absolute: using it does not lengthen it. */
  readonly expiresAt: string;
}

/** The key that opened it. It is looked at again with every request: a session is worth no more than its key is then. */
export type SessionOpener =
  /** `proof` is what the root key of that time makes of the token. */
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

/** When a session ends that is opened now: never after its key. @param keyExpiresAt `null` for a key that does not expire */
export function sessionEnd(now: Date, keyExpiresAt: ApiKey['expiresAt']): string {
  const end = now.getTime() + SESSION_MS;
  return new Date(keyExpiresAt === null ? end : Math.min(end, Date.parse(keyExpiresAt))).toISOString();
}
