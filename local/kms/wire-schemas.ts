import * as z from 'zod';

/** Bytes come as base64. */
function blob(maxBytes: number) {
  return z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.byteLength >= 1, 'Member must have length greater than or equal to 1')
    .refine((bytes) => bytes.byteLength <= maxBytes, `Member must have length less than or equal to ${maxBytes}`);
}

const keyId = z.string().min(1).max(2048);
const encryptionContext = z
  .record(z.string(), z.string())
  .nullish()
  .transform((context) => context ?? {});
const algorithm = z.literal('SYMMETRIC_DEFAULT').nullish();

/** Every operation's parameters. What is not listed (`GrantTokens`, `Recipient`, `DryRun` …) is refused with 501. */
export const schemas = {
  DescribeKey: z.strictObject({ KeyId: keyId }),
  /** https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html: 4,096 bytes for a symmetric key */
  Encrypt: z.strictObject({
    KeyId: keyId,
    Plaintext: blob(4096),
    EncryptionContext: encryptionContext,
    EncryptionAlgorithm: algorithm,
  }),
  /** https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html */
  Decrypt: z.strictObject({
    CiphertextBlob: blob(6144),
    EncryptionContext: encryptionContext,
    KeyId: keyId.nullish(),
    EncryptionAlgorithm: algorithm,
  }),
  /** https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html */
  GenerateDataKey: z.strictObject({
    KeyId: keyId,
    KeySpec: z.enum(['AES_256', 'AES_128']).nullish(),
    NumberOfBytes: z.int().min(1).max(1024).nullish(),
    EncryptionContext: encryptionContext,
  }),
};
