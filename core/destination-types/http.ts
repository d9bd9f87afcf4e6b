import * as z from 'zod';
import { headersField, MAX_HEADERS } from '../fields/headers-field.ts';
import { recordField } from '../fields/record-field.ts';
import { httpMethods } from '../http-method.ts';
import { secretField, signingField } from '../signing/signing-fields.ts';
import { apiKeyAuth, basicAuth, bearerAuth, oauth2Auth } from './auth.ts';
import { clientCertificateField } from './client-certificate.ts';
import { defineType } from './type-definition.ts';

const methodField = z.enum(httpMethods).nullable().meta({ description: '`null`: the method that the sender used.' });

/** A URL: docs/destinations/http.md. What is in `url`, `method` and `headers` would be in `config` of any other type. */
export const http = defineType({
  type: 'http',
  config: z
    .strictObject({
      client_certificate: clientCertificateField.optional().meta({
        description: 'For a server that asks for a client certificate (mTLS).',
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
    /** Its rules are in destination-url.ts: they depend on where Hawser runs, and have an error code of their own. */
    url: z.string().meta({
      description:
        'A whole URL with https, to a public address, without user name, password and fragment (`#…`); else `INVALID_URL`. Where Hawser runs on one machine, not in AWS, http and loopback are taken, too.',
      examples: ['https://example.com/webhooks'],
    }),
    method: methodField,
    headers: headersField.meta({
      description: `Sent with each request, in place of the sender's of the same name. At most ${MAX_HEADERS}, of visible ASCII; not those that Hawser sets.`,
    }),
    template_variables: recordField(z.string()).meta({
      description: 'What the template is filled in with: which there are, the template says.',
    }),
    secret: secretField,
    signing: signingField,
  },
  targetFields: { url: z.string(), method: methodField },
  nameOf: ({ url }) => new URL(url).host,
});
