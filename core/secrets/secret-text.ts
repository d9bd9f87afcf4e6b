import { createHash, randomInt } from 'node:crypto';

/**
 * Secrets that Hawser generates for others to send back: `prefix_` + 43 letters and digits, 256 random bits. The prefix lets a
 * scanner of repositories and logs find one that leaked, and nothing in it needs quoting in a shell, a header or a URL.
 */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 43;
const RANDOM_PART = new RegExp(`^[0-9A-Za-z]{${LENGTH}}$`);

/** The stored form of such a secret. */
export type SecretDigest = string & { readonly __digest: true };

export function newSecretText(prefix: string): string {
  return `${prefix}_${Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')}`;
}

export function isSecretText(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}_`) && RANDOM_PART.test(text.slice(prefix.length + 1));
}

/**
 * SHA-256 in hex. A slow hash protects passwords, which people choose and others can guess: 256 random bits are beyond
 * guessing at any speed. As it is also where the row is found, nothing compares the secret byte by byte.
 */
export function digestOf(secret: string): SecretDigest {
  return createHash('sha256').update(secret).digest('hex') as SecretDigest;
}
