import * as z from 'zod';
import { isSame } from './compare.ts';
import { accepted, previous, secretField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** It authenticates the sender but not the body, which only TLS protects. */
export const apiKey = defineScheme({
  type: 'api_key',
  fields: {
    in: z.enum(['header', 'query']).default('header'),
    name: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[A-Za-z0-9._~-]+$/, 'must be letters, digits and . _ ~ -')
      .meta({ description: 'Name of the header or query parameter.', examples: ['X-API-Key'] }),
    key: secretField.meta({ examples: ['EXAMPLE-api-key'] }),
    previous_key: previous(secretField),
  },
  secrets: ['key', 'previous_key'],
  carrier: ({ in: place, name }) => (place === 'header' ? { header: name.toLowerCase() } : { queryParameter: name }),
  verify: (request, { in: place, name, key, previous_key }) => {
    const given = place === 'header' ? request.header(name) : request.queryParameter(name);
    if (given === undefined) return 'credentials_missing';
    const isRight = accepted(key, previous_key).some((secret) => isSame(secret, given));
    return isRight ? 'verified' : 'credentials_mismatch';
  },
});
