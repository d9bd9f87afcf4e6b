import * as z from 'zod';
import { headerField } from '../fields/headers-field.ts';
import { MASK, maskSecret, secretText } from '../secrets/masking.ts';
import { gcpServiceAccountAuth } from './service-account.ts';

/**
 * The kinds of `auth`, by which Hawser authenticates to a destination. Credentials are sealed as given, and responses show them masked.
 * The file of each type of destination says which kinds it accepts.
 */

const MAX_TOKEN_LENGTH = 8192;
const MAX_TEXT_LENGTH = 1024;

/** RFC 9110 §5.5, visible ASCII. */
const tokenField = secretText()
  .max(MAX_TOKEN_LENGTH)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces, and not empty');

/** For forms and Basic authentication: any UTF-8 text. */
const textField = secretText()
  .min(1)
  .max(MAX_TEXT_LENGTH)
  .refine(
    (text) => text.isWellFormed() && !/\p{Cc}/u.test(text),
    'must be well-formed Unicode without control characters',
  );

export const bearerAuth = z
  .strictObject({ type: z.literal('bearer'), token: tokenField })
  .meta({ id: 'BearerAuth', examples: [{ type: 'bearer', token: '3f7d0e5b9a1c4d2e' }] });

export const basicAuth = z
  .strictObject({
    type: z.literal('basic'),
    // RFC 7617 §2: the first colon ends the user name.
    username: textField.refine((name) => !name.includes(':'), 'must not contain a colon'),
    password: textField,
  })
  .meta({ id: 'BasicAuth', examples: [{ type: 'basic', username: 'hawser', password: 'correct horse battery' }] });

export const apiKeyAuth = z
  .discriminatedUnion('in', [
    z.strictObject({ type: z.literal('api_key'), in: z.literal('header'), name: headerField, value: tokenField }),
    z.strictObject({
      type: z.literal('api_key'),
      in: z.literal('query'),
      name: z
        .string()
        .min(1)
        .max(128)
        .regex(/^[\w.~-]+$/, 'must be letters, digits, and - . _ ~'),
      value: textField,
    }),
  ])
  .meta({
    id: 'ApiKeyAuth',
    examples: [{ type: 'api_key', in: 'header', name: 'X-Api-Key', value: '0123456789abcdef' }],
  });

export const oauth2Auth = z
  .strictObject({
    type: z.literal('oauth2'),
    token_url: z.string().meta({
      description: 'Follows the same rules as the URL of an HTTP destination; else `INVALID_URL`.',
      examples: ['https://login.example.com/oauth/token'],
    }),
    client_id: textField.meta({ examples: ['hawser'] }),
    client_secret: textField.meta({ examples: ['correct horse battery'] }),
    client_authentication: z.enum(['basic', 'body']).default('basic').meta({
      description: 'Whether the client credentials go into the `Authorization` header or into the form.',
    }),
    scope: textField.optional().meta({ description: 'Separated by spaces.', examples: ['events:write'] }),
    audience: textField.optional().meta({ examples: ['https://api.example.com'] }),
  })
  .meta({ id: 'OAuth2Auth' });

/**
 * A role that Hawser assumes in the target's account. The external id is always the organization's id, so that no other organization of
 * the installation can make Hawser assume the same role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export const awsRoleAuth = z
  .strictObject({
    type: z.literal('aws_role'),
    // lib/destination-roles.ts lets the functions assume only roles with such names.
    role_arn: z
      .string()
      .max(256)
      .regex(
        /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/hawser-[\w+=,.@-]+$/,
        'must be the ARN of a role whose name begins with hawser-',
      )
      .meta({ examples: ['arn:aws:iam::111122223333:role/hawser-orders'] }),
  })
  .meta({ id: 'AwsRoleAuth' });

export const awsAccessKeyAuth = z
  .strictObject({
    type: z.literal('aws_access_key'),
    access_key_id: z
      .string()
      .regex(/^\w{16,128}$/, 'must be an access key id: 16 to 128 letters and digits')
      .meta({ examples: ['AKIAIOSFODNN7EXAMPLE'] }),
    secret_access_key: tokenField.meta({ examples: ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'] }),
  })
  .meta({ id: 'AwsAccessKeyAuth' });

/** Any kind of `auth`: what an update may contain, and what is sealed. */
export const anyAuth = z.discriminatedUnion(
  'type',
  [bearerAuth, basicAuth, apiKeyAuth, oauth2Auth, awsRoleAuth, awsAccessKeyAuth, gcpServiceAccountAuth],
  {
    // An update is parsed before its destination is read, so the kinds that its type accepts are not known yet.
    error: (issue) =>
      issue.code === 'invalid_union' && Array.isArray(issue.options)
        ? `must be one that the destination's type accepts, of: ${issue.options.map(String).join(', ')}`
        : undefined,
  },
);
export type DestinationAuth = z.output<typeof anyAuth>;
export type AuthOf<Type extends DestinationAuth['type']> = Extract<DestinationAuth, { type: Type }>;

/** The secret fields of each kind. */
const secretFields: Readonly<Record<DestinationAuth['type'], readonly string[]>> = {
  bearer: ['token'],
  basic: ['password'],
  api_key: ['value'],
  oauth2: ['client_secret'],
  aws_role: [],
  aws_access_key: ['secret_access_key'],
  gcp_service_account: ['private_key'],
};

/** Any kind in the form that is shown, and stored for that; not validated further, because masked values would fail. */
export const shownAuth = z.looseObject({ type: z.enum(Object.keys(secretFields) as DestinationAuth['type'][]) });
type ShownAuth = z.output<typeof shownAuth>;

/** Masks the secrets down to their last four characters. */
export function maskAuth(auth: DestinationAuth): ShownAuth {
  const shown = Object.entries(auth).flatMap(([name, value]: [string, string | undefined]) =>
    value === undefined ? [] : [[name, secretFields[auth.type].includes(name) ? maskCredential(value) : value]],
  );
  return { ...Object.fromEntries(shown), type: auth.type };
}

/** PEM keys are masked as a whole, because their last characters are all the same. */
function maskCredential(secret: string): string {
  return secret.includes('-----BEGIN ') ? MASK : maskSecret(secret);
}
