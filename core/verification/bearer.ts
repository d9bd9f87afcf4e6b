import { isSame } from './compare.ts';
import { accepted, previous, secretField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** RFC 6750. It authenticates the sender but not the body, which only TLS protects. */
export const bearer = defineScheme({
  type: 'bearer',
  fields: {
    token: secretField.meta({ examples: ['EXAMPLE-bearer-token'] }),
    previous_token: previous(secretField),
  },
  secrets: ['token', 'previous_token'],
  carrier: () => ({ header: 'authorization' }),
  verify: (request, { token, previous_token }) => {
    const [, given] = /^bearer +(.+)$/i.exec(request.header('authorization') ?? '') ?? [];
    if (given === undefined) return 'credentials_missing';
    const isRight = accepted(token, previous_token).some((secret) => isSame(secret, given));
    return isRight ? 'verified' : 'credentials_mismatch';
  },
});
