import * as z from 'zod';
import { headerField } from '../fields/headers-field.ts';
import { MASK, maskSecret, secretText } from '../secrets/masking.ts';
import { gcpServiceAccountAuth } from './service-account.ts';

/**
 * How a destination proves who it is: `auth`, by its `type`. Credentials are sealed as they are; an answer shows them masked.
 * Which kinds a type of destination takes, its own file says.
 */

const MAX_TOKEN_LENGTH = 8192;
const MAX_TEXT_LENGTH = 1024;

/** RFC 9110 §5.5, visible ASCII. */
const tokenField = secretText()
  .max(MAX_TOKEN_LENGTH)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces, and not empty');

/** Of a form or of Basic: any text in UTF-8. */
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
      description: 'By the same rules as the URL of an HTTP destination; else `INVALID_URL`.',
      examples: ['https://login.example.com/oauth/token'],
    }),
    client_id: textField.meta({ examples: ['hawser'] }),
    client_secret: textField.meta({ examples: ['correct horse battery'] }),
    client_authentication: z.enum(['basic', 'body']).default('basic').meta({
      description: 'Whether the client proves itself in the `Authorization` header or in the form.',
    }),
    scope: textField.optional().meta({ description: 'Separated by spaces.', examples: ['events:write'] }),
    audience: textField.optional().meta({ examples: ['https://api.example.com'] }),
  })
  .meta({ id: 'OAuth2Auth' });

/**
 * A role in the account of the target, which Hawser assumes. Its external id is the organization's id, and nobody's choice: so
 * that no other organization of the installation can have Hawser act by the same role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export const awsRoleAuth = z
  .strictObject({
    type: z.literal('aws_role'),
    // lib/destination-roles.ts lets the functions assume roles of such names and no others.
    role_arn: z
      .string()
      .max(256)
      .regex(
        /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/hawser-[\w+=,.@-]+$/,
        'must be the ARN of a role, its name beginning with hawser-',
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

/** Every kind, whichever type takes it: what a change may say, and what is sealed. */
export const anyAuth = z.discriminatedUnion(
  'type',
  [bearerAuth, basicAuth, apiKeyAuth, oauth2Auth, awsRoleAuth, awsAccessKeyAuth, gcpServiceAccountAuth],
  {
    // A change is read before its destination: which of them its type takes is known, and said, only then.
    error: (issue) =>
      issue.code === 'invalid_union' && Array.isArray(issue.options)
        ? `must be one that the destination's type takes, of: ${issue.options.map(String).join(', ')}`
        : undefined,
  },
);
export type DestinationAuth = z.output<typeof anyAuth>;
export type AuthOf<Type extends DestinationAuth['type']> = Extract<DestinationAuth, { type: Type }>;

/** Of each kind the fields that are secret. */
const secretFields: Readonly<Record<DestinationAuth['type'], readonly string[]>> = {
  bearer: ['token'],
  basic: ['password'],
  api_key: ['value'],
  oauth2: ['client_secret'],
  aws_role: [],
  aws_access_key: ['secret_access_key'],
  gcp_service_account: ['private_key'],
};

/** Of any kind, as it is shown and as a row keeps that: what is masked meets no rule of a request. */
export const shownAuth = z.looseObject({ type: z.enum(Object.keys(secretFields) as DestinationAuth['type'][]) });
type ShownAuth = z.output<typeof shownAuth>;

/** With its secrets masked down to their last four characters. */
export function showAuth(auth: DestinationAuth): ShownAuth {
  const shown = Object.entries(auth).flatMap(([name, value]: [string, string | undefined]) =>
    value === undefined ? [] : [[name, secretFields[auth.type].includes(name) ? masked(value) : value]],
  );
  return { ...Object.fromEntries(shown), type: auth.type };
}

/** The last characters of a key in PEM are those of every other one. */
function masked(secret: string): string {
  return secret.includes('-----BEGIN ') ? MASK : maskSecret(secret);
}
