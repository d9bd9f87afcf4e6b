import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import forge from 'node-forge';

/** RSA keys in PEM that sign like any other but take OpenSSL a long time. */

/** The public exponent is 65537 plus so large a multiple of φ(n) that it has this many bits. OpenSSL uses it for blinding. */
export function keyOfLargePublicExponent(bits: number): string {
  const key = usualKey();
  return pemOf({ ...key, e: key.e + multiple(key.phi, bits) });
}

/** An exponent of the Chinese remainder theorem works just as well with a multiple of p - 1 added. */
export function keyOfLargeExponent(bits: number): string {
  const key = usualKey();
  return pemOf({ ...key, dp: key.dp + multiple(key.p - 1n, bits) });
}

/** A modulus of two numbers that are not primes. Nobody checks that before signing. */
export function keyOfBits(bits: number): string {
  const { e, d, dp, dq, qi } = usualKey();
  const [p, q] = [randomOf(bits / 2), randomOf(bits / 2)];
  return pemOf({ n: p * q, e, d, p, q, dp, dq, qi });
}

interface RsaNumbers {
  readonly n: bigint;
  readonly e: bigint;
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qi: bigint;
}

function usualKey(): RsaNumbers & { readonly phi: bigint } {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' });
  const of = (name: keyof RsaNumbers) => numberOf(jwk, name);
  const [p, q] = [of('p'), of('q')];
  const phi = (p - 1n) * (q - 1n);
  return { n: of('n'), e: of('e'), d: of('d'), p, q, dp: of('dp'), dq: of('dq'), qi: of('qi'), phi };
}

function numberOf(jwk: JsonWebKey, name: keyof RsaNumbers): bigint {
  return BigInt(`0x${Buffer.from(String(jwk[name]), 'base64url').toString('hex')}`);
}

function multiple(of: bigint, bits: number): bigint {
  return (randomOf(bits) / of) * of;
}

/** A random number whose two highest bits are set, so that the product of two has as many bits as both together. */
function randomOf(bits: number): bigint {
  const bytes = randomBytes(bits / 8);
  bytes[0] = (bytes[0] ?? 0) | 0xc0;
  return BigInt(`0x${bytes.toString('hex')}`) | 1n;
}

/** PKCS #1, as RFC 8017 A.1.2 has it. */
function pemOf({ n, e, d, p, q, dp, dq, qi }: RsaNumbers): string {
  const [N, E, D, P, Q, DP, DQ, QI] = [n, e, d, p, q, dp, dq, qi].map(
    (number) => new forge.jsbn.BigInteger(number.toString(16), 16),
  );
  return forge.pki.privateKeyToPem({
    n: N,
    e: E,
    d: D,
    p: P,
    q: Q,
    dP: DP,
    dQ: DQ,
    qInv: QI,
  } as forge.pki.rsa.PrivateKey);
}
