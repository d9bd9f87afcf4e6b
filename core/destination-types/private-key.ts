import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * Private keys of customers, in PEM. Signing blocks everybody's deliveries, so only keys that sign within some milliseconds are accepted,
 * whatever numbers they consist of.
 */

export const MAX_PEM_LENGTH = 16_384;

/** Above 4,096 bits, a signature takes long enough to slow down everybody's deliveries. */
const MIN_RSA_BITS = 2_048;
const MAX_RSA_BITS = 4_096;
/**
 * The public exponent of nearly every key. With one of 24,000 bits, OpenSSL takes a second to sign, because blinding uses it.
 */
const PUBLIC_EXPONENT = 65_537n;
/** As PKCS #1, a key of 4,096 bits takes 526 bytes with its two public numbers, and at most 2,351 with all nine. */
const MAX_RSA_PUBLIC_BYTES = 526;
const MAX_RSA_BYTES = 2_351;
/** P-256, P-384 and P-521, as OpenSSL calls them. */
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

const NAMES = { rsa: 'an RSA key', ec: 'an EC key', ed25519: 'an Ed25519 key' } as const;
type KeyType = keyof typeof NAMES;
const LIST = new Intl.ListFormat('en', { type: 'disjunction' });

/** Finds the problem of a private key before the first delivery does. */
export function privateKeyProblem(pem: string, types: readonly KeyType[]): string | undefined {
  if (pem.includes('\\n')) return 'contains \\n as two characters instead of line breaks';
  const key = privateKeyOf(pem);
  if (!key) return 'is not a private key in PEM, or is encrypted';
  const type = types.find((one) => one === key.asymmetricKeyType);
  if (!type) return `is not ${LIST.format(types.map((one) => NAMES[one]))}`;
  const problem = type === 'rsa' ? rsaProblem(key) : type === 'ec' ? curveProblem(key) : undefined;
  if (problem) return problem;
  return canSign(key) ? undefined : DAMAGED;
}

const DAMAGED = 'is damaged: its parts do not belong together';

export function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's own message ("DECODER routines::unsupported") helps nobody, so the caller reports the problem.
    return undefined;
  }
}

function rsaProblem(key: KeyObject): string | undefined {
  // Checked first: reading the details of a key with an exponent beyond 16,384 bits leaves an error in OpenSSL's queue, which makes
  // Node 24 reject the next key, no matter whose it is.
  const publicBytes = rsaBytes(createPublicKey(key));
  if (publicBytes === undefined) return DAMAGED;
  if (publicBytes > MAX_RSA_PUBLIC_BYTES)
    return `must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits and the public exponent ${PUBLIC_EXPONENT}`;
  const { modulusLength: bits = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
    return `has ${bits} bits; ${MIN_RSA_BITS} to ${MAX_RSA_BITS} are allowed`;
  if (publicExponent !== PUBLIC_EXPONENT) return `must have the public exponent ${PUBLIC_EXPONENT}`;
  // A private exponent still works with any multiple of its modulus added. With 64,000 bits, some versions of OpenSSL take a
  // quarter of a second to sign.
  const bytes = rsaBytes(key);
  return bytes === undefined || bytes > MAX_RSA_BYTES ? DAMAGED : undefined;
}

function rsaBytes(key: KeyObject): number | undefined {
  try {
    return key.export({ type: 'pkcs1', format: 'der' }).byteLength;
  } catch {
    // One of its numbers is too large for OpenSSL.
    return undefined;
  }
}

function curveProblem({ asymmetricKeyDetails }: KeyObject): string | undefined {
  return CURVES.has(asymmetricKeyDetails?.namedCurve) ? undefined : 'must be on the curve P-256, P-384 or P-521';
}

/** Takes milliseconds, and runs again whenever the credentials are decrypted: every few seconds while there are deliveries. */
function canSign(key: KeyObject): boolean {
  const text = Buffer.from('hawser');
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  try {
    return verify(digest, text, createPublicKey(key), sign(digest, text, key));
  } catch {
    // OpenSSL itself found the damage.
    return false;
  }
}
