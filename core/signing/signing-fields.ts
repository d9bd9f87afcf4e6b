import * as z from 'zod';
import { headerField } from '../fields/headers-field.ts';
import { secretText } from '../secrets/masking.ts';

const MIN_SECRET_LENGTH = 8;
const MAX_SECRET_LENGTH = 256;
const MAX_PREFIX_LENGTH = 64;

const WHSEC_PREFIX = 'whsec_';

/** With or without padding, which makes no difference: the libraries of Standard Webhooks and Svix accept both. */
const WHSEC = /^whsec_(?=.)([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$/;

/**
 * What is wrong with a secret that begins with `whsec_`. Without valid base64 it would be used as its UTF-8 bytes,
 * prefix and all, or its last character would be in no byte: most likely it was cut. A short one has eight characters
 * by its prefix alone: `whsec_abc` is a key of two bytes, which anybody can guess. Standard Webhooks wants 24 to 64
 * bytes; the same minimum as for other secrets is accepted, because some services make such secrets. Only for requests:
 * stored secrets remain valid.
 */
export function whsecProblem(secret: string): string | undefined {
  if (!secret.startsWith(WHSEC_PREFIX)) return undefined;
  if (!WHSEC.test(secret))
    return 'must have base64 after whsec_; a secret that is not base64 must not begin with whsec_';
  const bytes = Buffer.byteLength(secret.slice(WHSEC_PREFIX.length), 'base64');
  return bytes < MIN_SECRET_LENGTH
    ? `must have at least ${MIN_SECRET_LENGTH} bytes, as base64, after whsec_`
    : undefined;
}

export const secretField = secretText()
  .min(MIN_SECRET_LENGTH)
  .max(MAX_SECRET_LENGTH)
  .refine((secret) => secret.isWellFormed(), 'must be well-formed Unicode')
  .superRefine((secret, context) => {
    const message = whsecProblem(secret);
    if (message) context.addIssue({ code: 'custom', message });
  })
  .meta({
    description:
      '`whsec_` and base64 of at least 8 bytes, or any other text, whose UTF-8 bytes are the secret. Made where none is given.',
  });

/** The only two names that begin with `X-Hawser-` and may be chosen. */
const signatureHeaderField = z.union([z.literal(['X-Hawser-Signature', 'X-Hawser-Timestamp']), headerField], {
  error: 'must be the name of a header that Hawser does not set itself',
});

/** The same words as in the `hmac` verification of a source, so that one Hawser can verify another. */
const hmacSigning = z
  .strictObject({
    scheme: z.literal('hmac'),
    algorithm: z.enum(['sha256', 'sha1']).default('sha256').meta({
      description: '`sha1` is for receivers that support nothing better.',
    }),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    header: signatureHeaderField.default('X-Hawser-Signature').meta({
      description:
        'The header for the signature; during a rotation of the secret, it has several signatures separated by commas.',
      examples: ['X-Hawser-Signature'],
    }),
    prefix: z
      .string()
      .max(MAX_PREFIX_LENGTH)
      .regex(/^[\x21-\x2b\x2d-\x7e]*$/, 'must be visible ASCII without spaces and commas')
      .default('')
      .meta({ description: 'The text before each signature.', examples: ['sha256='] }),
    timestamp_header: signatureHeaderField
      .nullable()
      .default(null)
      .meta({
        description: 'A header for the Unix time of the attempt in seconds. With it, `{timestamp}.{body}` is signed.',
        examples: ['X-Hawser-Timestamp'],
      }),
  })
  .refine(({ header, timestamp_header }) => header.toLowerCase() !== timestamp_header?.toLowerCase(), {
    path: ['timestamp_header'],
    message: 'is also the header for the signature',
  });
export type HmacSigning = z.output<typeof hmacSigning>;

/** How the requests of a destination are signed. */
export const signingField = z
  .discriminatedUnion(
    'scheme',
    [z.strictObject({ scheme: z.literal('standard') }), z.strictObject({ scheme: z.literal('none') }), hmacSigning],
    { error: ({ code }) => (code === 'invalid_union' ? 'must be one of: standard, none, hmac' : undefined) },
  )
  .meta({
    description:
      '`standard` is Standard Webhooks; `hmac` a plain signature of the body; `none` sends no signature. Replaced as a whole.',
    examples: [{ scheme: 'standard' }],
  });
export type Signing = z.output<typeof signingField>;
