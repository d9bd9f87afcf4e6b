import { hmac, isSame } from './compare.ts';
import { accepted, ingestUrlField, secretFields } from './fields.ts';
import { defineScheme } from './scheme.ts';
import { isUrlSigned } from './signed-url.ts';

/** https://developer.squareup.com/docs/webhooks/step3validate. It signs the notification URL followed by the body. */
export const square = defineScheme({
  type: 'square',
  fields: {
    ...secretFields("The subscription's signature key.", 'EXAMPLEsquaresignature'),
    url: ingestUrlField,
  },
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret, url }) => {
    const signature = request.header('x-square-hmacsha256-signature');
    if (signature === undefined) return 'signature_missing';
    const keys = accepted(secret, previous_secret);
    const isRight = isUrlSigned(request, url, request.body.byteLength, (signed) =>
      keys.some((key) => isSame(hmac('sha256', key, 'base64', signed, request.body), signature)),
    );
    return isRight ? 'verified' : 'signature_mismatch';
  },
  eventId: (request) => request.textAt('event_id'),
  eventType: (request) => request.textAt('type'),
});
