import * as z from 'zod';
import { secretText } from '../secrets/masking.ts';
import { MAX_PEM_LENGTH, privateKeyProblem } from './private-key.ts';

/**
 * A Google Cloud service account, given as Google's JSON key file. The fields that name the token endpoint may only have Google's usual
 * values: a user-defined URL would be a way into the network that Hawser runs in.
 */

/** Where a service account's assertion is exchanged for a token. https://developers.google.com/identity/protocols/oauth2/service-account */
export const GOOGLE_TOKEN_URI = 'https://oauth2.googleapis.com/token';

const privateKeyField = secretText()
  .max(MAX_PEM_LENGTH)
  .superRefine((pem, context) => {
    // Google's own keys are RSA of 2,048 bits.
    const message = privateKeyProblem(pem, ['rsa']);
    if (message) context.addIssue({ code: 'custom', message });
  })
  .meta({ description: 'PEM, RSA.', examples: ['-----BEGIN PRIVATE KEY-----\n…'] });

/** The other fields of a key file, which are accepted and ignored. */
const unused = z.string().max(2_048).optional().meta({
  description: 'Part of the key file; not used.',
  // Keeps it out of forms.
  deprecated: true,
});

export const gcpServiceAccountAuth = z
  .strictObject({
    type: z.literal('gcp_service_account'),
    client_email: z
      .string()
      .max(320)
      .regex(
        /^[\w.-]+@[\w.-]+\.gserviceaccount\.com$/,
        'must be the address of a service account, such as hawser@my-project.iam.gserviceaccount.com',
      )
      .meta({ examples: ['hawser@my-project.iam.gserviceaccount.com'] }),
    private_key: privateKeyField,
    private_key_id: z
      .string()
      .regex(/^[\w-]{1,128}$/, 'must be letters, digits, - and _')
      .optional()
      .meta({ examples: ['6f1c0e8a4b5d4d5e9a7b3c2d1e0f9a8b7c6d5e4f'] }),
    token_uri: z.literal(GOOGLE_TOKEN_URI).optional(),
    universe_domain: z.literal('googleapis.com').optional(),
    project_id: unused,
    client_id: unused,
    auth_uri: unused,
    auth_provider_x509_cert_url: unused,
    client_x509_cert_url: unused,
  })
  .transform(({ type, client_email, private_key, private_key_id }) => ({
    type,
    client_email,
    private_key,
    private_key_id,
  }))
  .meta({
    id: 'GcpServiceAccountAuth',
    description: 'The JSON key file of a service account, but for its `type`.',
  });
