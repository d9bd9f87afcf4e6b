import * as z from 'zod';
import { isSame } from './compare.ts';
import { accepted, previous, secretField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** RFC 7617. It authenticates the sender but not the body, which only TLS protects. */
export const basic = defineScheme({
  type: 'basic',
  fields: {
    username: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[\x20-\x39\x3b-\x7e]+$/, 'must be visible ASCII without a colon')
      .meta({ examples: ['sender'] }),
    password: secretField.meta({ examples: ['EXAMPLE-password'] }),
    previous_password: previous(secretField),
  },
  secrets: ['password', 'previous_password'],
  carrier: () => ({ header: 'authorization' }),
  verify: (request, { username, password, previous_password }) => {
    const [, encoded] = /^basic +([a-z0-9+/]+={0,2})$/i.exec(request.header('authorization') ?? '') ?? [];
    if (encoded === undefined) return 'credentials_missing';
    const given = Buffer.from(encoded, 'base64').toString('utf8');
    const isRight = accepted(password, previous_password).some((secret) => isSame(`${username}:${secret}`, given));
    return isRight ? 'verified' : 'credentials_mismatch';
  },
});
