import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import {
  type Destination,
  type DestinationCredentials,
  destinationCredentials,
  maskCredentials,
  type StoredCredentials,
} from '../../core/destinations/destination.ts';
import { addNewest } from './newest-entries.ts';

/**
 * The owner of credentials. It is bound to the ciphertext, which can't be opened from a row that was copied to another
 * organization or resource.
 */
export interface CredentialOwner {
  readonly organizationId: string;
  readonly resourceId: string;
}

/**
 * Sealed form: version (1 byte), length of the encrypted data key (2 bytes, big-endian), encrypted data key, IV, tag, ciphertext.
 */
const VERSION = 1;
const HEADER_BYTES = 3;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Opened credentials that one function instance caches, so that a delivery costs no call to KMS. */
const MAX_REMEMBERED = 1_000;

/**
 * Envelope encryption of signing secrets, credentials, and responses that contain some: each write has its own data key from
 * KMS, which encrypts the value with AES-256-GCM and is stored only in encrypted form.
 * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#enveloping
 */
export class CredentialVault {
  readonly #kms: KMSClient;
  readonly #keyArn: string;
  /** By owner and ciphertext, in order of first use. */
  readonly #opened = new Map<string, Promise<string>>();

  constructor(kms: KMSClient, keyArn: string) {
    this.#kms = kms;
    this.#keyArn = keyArn;
  }

  async seal(owner: CredentialOwner, plaintext: string): Promise<Uint8Array> {
    const { Plaintext, CiphertextBlob } = await this.#kms.send(
      new GenerateDataKeyCommand({ KeyId: this.#keyArn, KeySpec: 'AES_256', EncryptionContext: contextOf(owner) }),
    );
    if (!Plaintext || !CiphertextBlob) throw new Error('KMS gave no data key');
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, Plaintext, iv);
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    Plaintext.fill(0);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(VERSION);
    header.writeUInt16BE(CiphertextBlob.byteLength, 1);
    return Buffer.concat([header, CiphertextBlob, iv, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws Error of KMS or of the cipher if the owner is wrong or the bytes are damaged */
  open(owner: CredentialOwner, sealed: Uint8Array): Promise<string> {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    const key = `${owner.organizationId} ${owner.resourceId} ${bytes.toString('base64')}`;
    const known = this.#opened.get(key);
    if (known) return known;
    const opening = this.#decrypt(owner, bytes);
    addNewest(this.#opened, key, opening, MAX_REMEMBERED);
    // Failures are not remembered, as they may pass (throttling, a timeout). The caller sees them.
    opening.catch(() => this.#opened.delete(key));
    return opening;
  }

  async #decrypt(owner: CredentialOwner, sealed: Buffer): Promise<string> {
    if (sealed[0] !== VERSION) throw new Error(`sealed credentials begin with the unknown version ${sealed[0]}`);
    const ivOffset = HEADER_BYTES + sealed.readUInt16BE(1);
    const tagOffset = ivOffset + IV_BYTES;
    const textOffset = tagOffset + TAG_BYTES;
    const { Plaintext } = await this.#kms.send(
      new DecryptCommand({
        KeyId: this.#keyArn,
        CiphertextBlob: sealed.subarray(HEADER_BYTES, ivOffset),
        EncryptionContext: contextOf(owner),
      }),
    );
    if (!Plaintext) throw new Error('KMS gave no data key');
    const decipher = createDecipheriv(CIPHER, Plaintext, sealed.subarray(ivOffset, tagOffset), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(tagOffset, textOffset));
    const text = decipher.update(sealed.subarray(textOffset), undefined, 'utf8') + decipher.final('utf8');
    Plaintext.fill(0);
    return text;
  }
}

function contextOf({ organizationId, resourceId }: CredentialOwner): Record<string, string> {
  return { organization: organizationId, resource: resourceId };
}

type DestinationOwner = Pick<Destination, 'id' | 'organizationId'>;

export async function sealDestinationCredentials(
  vault: CredentialVault,
  { id, organizationId }: DestinationOwner,
  credentials: DestinationCredentials,
): Promise<StoredCredentials> {
  return {
    sealedCredentials: await vault.seal({ organizationId, resourceId: id }, JSON.stringify(credentials)),
    shownCredentials: maskCredentials(credentials),
  };
}

/** Returns the credentials that a delivery signs with and sends along. The vault caches them, so only the first call goes to KMS. */
export async function openDestinationCredentials(
  vault: CredentialVault,
  { id, organizationId, sealedCredentials }: DestinationOwner & Pick<Destination, 'sealedCredentials'>,
): Promise<DestinationCredentials> {
  const plaintext = await vault.open({ organizationId, resourceId: id }, sealedCredentials);
  return destinationCredentials.parse(JSON.parse(plaintext));
}
