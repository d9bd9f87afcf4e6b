import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AwsError } from '../wire/aws-error.ts';
import type { Key } from './key-store.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

const FORMAT_VERSION = 1;
const KEY_ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

/**
 * Encrypts with AES-256-GCM. The blob consists of format version (1 byte), key id (16), nonce (12), ciphertext and tag (16).
 * Version, key id and encryption context are authenticated: if one of them is changed, decryption fails.
 */
export function seal(key: Key, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const header = Buffer.concat([Buffer.of(FORMAT_VERSION), Buffer.from(key.id.replaceAll('-', ''), 'hex')]);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.material, nonce);
  cipher.setAAD(additionalData(header, context));
  return Buffer.concat([header, nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The id of the key that made the blob. @throws AwsError InvalidCiphertextException */
export function keyIdOf(blob: Uint8Array): string {
  if (blob.byteLength < HEADER_BYTES + NONCE_BYTES + TAG_BYTES || blob[0] !== FORMAT_VERSION) throw invalidCiphertext();
  const hex = Buffer.from(blob.subarray(1, HEADER_BYTES)).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** @throws AwsError InvalidCiphertextException for a changed blob or a different encryption context. */
export function unseal(key: Key, blob: Uint8Array, context: EncryptionContext): Buffer {
  const bodyStart = HEADER_BYTES + NONCE_BYTES;
  const bodyEnd = blob.byteLength - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key.material, blob.subarray(HEADER_BYTES, bodyStart), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(blob.subarray(0, HEADER_BYTES), context));
  decipher.setAuthTag(blob.subarray(bodyEnd));
  const plaintext = decipher.update(blob.subarray(bodyStart, bodyEnd));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    // Node only says that the tag doesn't fit, and KMS says no more either.
    throw invalidCiphertext();
  }
}

/** AWS sends no message with this error. */
export function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '');
}

/**
 * Header and context as bytes. The order of the context's entries doesn't matter:
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
function additionalData(header: Uint8Array, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
}
