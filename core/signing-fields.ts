import * as z from 'zod';

const MIN_SECRET_LENGTH = 8;
const MAX_SECRET_LENGTH = 256;

/** `standard` is Standard Webhooks; `none` sends no signature. */
export const signingSchemes = ['standard', 'none'] as const;

export const secretField = z
  .string()
  .min(MIN_SECRET_LENGTH)
  .max(MAX_SECRET_LENGTH)
  .refine((secret) => secret.isWellFormed(), 'must be well-formed Unicode')
  .refine((secret) => !secret.includes('••'), 'is the masked form of a secret, not a secret')
  .refine(
    (secret) => !secret.startsWith('whsec_') || z.base64().min(1).safeParse(secret.slice('whsec_'.length)).success,
    'must have base64 after whsec_; a secret that is no base64 must not begin with whsec_',
  )
  .meta({
    description: '`whsec_` and base64, or any other text, whose UTF-8 bytes are the secret. Made where none is given.',
  });

export const signingField = z.strictObject({ scheme: z.enum(signingSchemes) }).meta({
  description: '`standard` is Standard Webhooks; `none` sends no signature.',
});
