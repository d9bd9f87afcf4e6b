import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyOfBits, keyOfLargeExponent, keyOfLargePublicExponent } from '../../test/support/odd-rsa-keys.ts';
import { MAX_PEM_LENGTH, privateKeyProblem } from './private-key.ts';

const pem = ({ privateKey }: { readonly privateKey: KeyObject }) =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsa = (modulusLength: number, publicExponent = 65_537) =>
  pem(generateKeyPairSync('rsa', { modulusLength, publicExponent }));
const ec = (namedCurve: string) => pem(generateKeyPairSync('ec', { namedCurve }));
const any = (key: string) => privateKeyProblem(key, ['rsa', 'ec', 'ed25519']);

const TOO_LARGE = 'must have 2048 to 4096 bits and the public exponent 65537';
const ANOTHER_EXPONENT = 'must have the public exponent 65537';

describe('a private key', () => {
  it.each([
    ['RSA of 2,048 bits', rsa(2_048)],
    ['RSA of 3,072 bits', rsa(3_072)],
    ['RSA of 4,096 bits', rsa(4_096)],
    ['EC on P-256', ec('P-256')],
    ['EC on P-384', ec('P-384')],
    ['EC on P-521', ec('P-521')],
    ['Ed25519', pem(generateKeyPairSync('ed25519'))],
  ])('%s is accepted', (_, key) => {
    expect(any(key)).toBeUndefined();
  });

  it.each([
    ['RSA of fewer bits', 'has 1024 bits; 2048 to 4096 are allowed', rsa(1_024)],
    ['RSA of more bits', TOO_LARGE, keyOfBits(14_336)],
    ['RSA of a few bits more', TOO_LARGE, keyOfBits(4_112)],
    ['RSA of another exponent', ANOTHER_EXPONENT, rsa(2_048, 3)],
    ['RSA of a large exponent', TOO_LARGE, keyOfLargePublicExponent(24_000)],
    ['RSA of an exponent that would do for 4,096 bits', ANOTHER_EXPONENT, keyOfLargePublicExponent(2_048)],
    ['RSA whose own exponent is large', 'is damaged: its parts do not belong together', keyOfLargeExponent(64_000)],
    ['RSA of no primes', 'is damaged: its parts do not belong together', keyOfBits(2_048)],
    ['EC on another curve', 'must be on the curve P-256, P-384 or P-521', ec('secp256k1')],
    [
      'RSA-PSS',
      'is not an RSA key, an EC key, or an Ed25519 key',
      pem(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 })),
    ],
    ['Ed448', 'is not an RSA key, an EC key, or an Ed25519 key', pem(generateKeyPairSync('ed448'))],
    ['none', 'is not a private key in PEM, or is encrypted', 'x'],
  ])('%s is refused with a reason', (_, problem, key) => {
    expect(key.length).toBeLessThanOrEqual(MAX_PEM_LENGTH);
    expect(any(key)).toBe(problem);
  });

  it('a refused key does not affect the check of the next one', () => {
    const good = rsa(2_048);
    for (const wrong of [keyOfLargePublicExponent(24_000), keyOfLargeExponent(64_000), keyOfBits(17_024), 'x']) {
      expect(any(wrong)).toBeDefined();
      expect(any(good)).toBeUndefined();
    }
  });

  it('a key of another type than the requested ones is refused', () => {
    expect(privateKeyProblem(ec('P-256'), ['rsa'])).toBe('is not an RSA key');
    expect(privateKeyProblem(rsa(2_048), ['ec', 'ed25519'])).toBe('is not an EC key or an Ed25519 key');
  });
});
