import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * Private keys that customers hand over, in PEM. While one signs, nobody else's delivery moves: only such are taken as need some
 * milliseconds for it, whatever their numbers are.
 */

export const MAX_PEM_LENGTH = 16_384;

/** Above 4,096 bits a signature takes long enough to slow down everybody's deliveries. */
const MIN_RSA_BITS = 2_048;
const MAX_RSA_BITS = 4_096;
/** That of nearly every key. With an exponent of 24,000 bits OpenSSL signs for a second: it blinds by the public one. */
const PUBLIC_EXPONENT = 65_537n;
/** As PKCS #1, one of 4,096 bits has 526 with its two public numbers, and at most 2,351 with all nine. */
const MAX_RSA_PUBLIC_BYTES = 526;
const MAX_RSA_BYTES = 2_351;
/** P-256, P-384 and P-521, by OpenSSL's names. */
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

const NAMES = { rsa: 'an RSA key', ec: 'an EC key', ed25519: 'an Ed25519 key' } as const;
type KeyType = keyof typeof NAMES;
const LIST = new Intl.ListFormat('en', { type: 'disjunction' });

/** What is wrong with a private key, so that it is found before the first delivery. */
export function privateKeyProblem(pem: string, types: readonly KeyType[]): string | undefined {
  if (pem.includes('\\n')) return 'has \\n as two characters, where a line of the PEM ends';
  const key = privateKeyOf(pem);
  if (!key) return 'is not a private key in PEM, or an encrypted one';
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
    // What OpenSSL says of it ("DECODER routines::unsupported") helps nobody: the caller says it.
    return undefined;
  }
}

function rsaProblem(key: KeyObject): string | undefined {
  // First: to read the details of an exponent beyond 16,384 bits leaves an error on OpenSSL's queue, by which Node 24 finds the next
  // key wrong, whosever that is.
  const publicBytes = rsaBytes(createPublicKey(key));
  if (publicBytes === undefined) return DAMAGED;
  if (publicBytes > MAX_RSA_PUBLIC_BYTES)
    return `must have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits and the public exponent ${PUBLIC_EXPONENT}`;
  const { modulusLength: bits = 0, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
    return `has ${bits} bits, and may have ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`;
  if (publicExponent !== PUBLIC_EXPONENT) return `must have the public exponent ${PUBLIC_EXPONENT}`;
  // Exponents are as good with any multiple of what they are counted by added: with 64,000 bits some OpenSSLs sign for a quarter of a
  // second.
  const bytes = rsaBytes(key);
  return bytes === undefined || bytes > MAX_RSA_BYTES ? DAMAGED : undefined;
}

function rsaBytes(key: KeyObject): number | undefined {
  try {
    return key.export({ type: 'pkcs1', format: 'der' }).byteLength;
  } catch {
    // It has numbers that OpenSSL finds too large.
    return undefined;
  }
}

function curveProblem({ asymmetricKeyDetails }: KeyObject): string | undefined {
  return CURVES.has(asymmetricKeyDetails?.namedCurve) ? undefined : 'must be on the curve P-256, P-384 or P-521';
}

/** Milliseconds, and again whenever the credentials are opened: every few seconds, where there are deliveries. */
function canSign(key: KeyObject): boolean {
  const text = Buffer.from('hawser');
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  try {
    return verify(digest, text, createPublicKey(key), sign(digest, text, key));
  } catch {
    // OpenSSL has found out itself.
    return false;
  }
}
