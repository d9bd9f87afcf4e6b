import * as z from 'zod';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const MAX_SECRET_BYTES = 65_536;

const secretId = z.string().min(1).max(2048);
const tooLong = `Member must have length less than or equal to ${MAX_SECRET_BYTES}`;

/** Every operation's parameters. What is not listed is refused with 501. */
export const schemas = {
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
  GetSecretValue: z.strictObject({
    SecretId: secretId,
    VersionId: z.string().min(32).max(64).nullish(),
    VersionStage: z.string().min(1).max(256).nullish(),
  }),
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
  DescribeSecret: z.strictObject({ SecretId: secretId }),
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html, without labels of one's own */
  PutSecretValue: z.strictObject({
    SecretId: secretId,
    ClientRequestToken: z.string().min(32).max(64).nullish(),
    SecretString: z
      .string()
      .min(1)
      .refine((text) => Buffer.byteLength(text) <= MAX_SECRET_BYTES, tooLong)
      .nullish(),
    SecretBinary: z
      .base64()
      .transform((text) => Buffer.from(text, 'base64'))
      .refine((bytes) => bytes.byteLength > 0, 'Member must have length greater than or equal to 1')
      .refine((bytes) => bytes.byteLength <= MAX_SECRET_BYTES, tooLong)
      .nullish(),
  }),
  /** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html, without filters */
  ListSecrets: z.strictObject({
    MaxResults: z.int().min(1).max(100).nullish(),
    NextToken: z.string().min(1).max(4096).nullish(),
  }),
};
