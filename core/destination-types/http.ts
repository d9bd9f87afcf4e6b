import * as z from 'zod';
import { headersField, MAX_HEADERS } from '../fields/headers-field.ts';
import { recordField } from '../fields/record-field.ts';
import { httpMethods } from '../http-method.ts';
import { secretField, signingField } from '../signing/signing-fields.ts';
import { apiKeyAuth, basicAuth, bearerAuth, oauth2Auth } from './auth.ts';
import { clientCertificateField } from './client-certificate.ts';
import { defineType } from './type-definition.ts';

const methodField = z.enum(httpMethods).nullable().meta({ description: '`null`: the method that the sender used.' });

/** A URL: docs/destinations/http.md. Other types have the equivalents of `url`, `method` and `headers` in `config`. */
export const http = defineType({
  type: 'http',
  config: z
    .strictObject({
      client_certificate: clientCertificateField.optional().meta({
        description: 'For a server that requires a client certificate (mTLS).',
      }),
    })
    .meta({ id: 'HttpConfig', examples: [{}] }),
  sealedConfig: ['client_certificate'],
  auth: z
    .discriminatedUnion('type', [bearerAuth, basicAuth, apiKeyAuth, oauth2Auth], {
      error: 'must be one of: bearer, basic, api_key, oauth2',
    })
    .nullable(),
  fields: {
    /** Validated in destination-url.ts, because the rules depend on where Hawser runs, and have their own error code. */
    url: z.string().meta({
      description:
        'An absolute https URL of a public address, without user name, password or fragment (`#…`); else `INVALID_URL`. If Hawser runs on one machine and not in AWS, http and loopback addresses are accepted, too.',
      examples: ['https://example.com/webhooks'],
    }),
    method: methodField,
    headers: headersField.meta({
      description: `Sent with each request, replacing the sender's headers of the same name. At most ${MAX_HEADERS}, of visible ASCII; none that Hawser sets itself.`,
    }),
    template_variables: recordField(z.string()).meta({
      description: 'Values for the variables that the template defines.',
    }),
    secret: secretField,
    signing: signingField,
  },
  targetFields: { url: z.string(), method: methodField },
  nameOf: ({ url }) => new URL(url).host,
});
