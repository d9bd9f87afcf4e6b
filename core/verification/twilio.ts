import { createHash } from 'node:crypto';
import type { ReceivedRequest } from '../ingest/received-request.ts';
import { hmac, isSame } from './compare.ts';
import { accepted, ingestUrlField, secretFields } from './fields.ts';
import { defineScheme } from './scheme.ts';
import { isUrlSigned, withStandardPort } from './signed-url.ts';

/** Far more than any of its requests has. Sorting the parameters of larger ones, which anyone may send, would take seconds. */
const MAX_FORM_BYTES = 65_536;

/** https://www.twilio.com/docs/usage/security#validating-requests. It signs no time. */
export const twilio = defineScheme({
  type: 'twilio',
  fields: {
    ...secretFields("The account's auth token.", 'EXAMPLE0c1d2e3f4a5b6c7d8e9f0a1b2'),
    url: ingestUrlField,
  },
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret, url }) => {
    const signature = request.header('x-twilio-signature');
    if (signature === undefined) return 'signature_missing';
    const parameters = signedParameters(request);
    if (parameters === undefined) return 'signature_mismatch';
    const keys = accepted(secret, previous_secret);
    // It signs the URL with the port for some products, and without for others.
    const isRight = isUrlSigned(request, url, parameters.length, (signed) =>
      [signed, withStandardPort(signed) ?? signed].some((either) =>
        keys.some((key) => isSame(hmac('sha1', key, 'base64', either, parameters), signature)),
      ),
    );
    return isRight ? 'verified' : 'signature_mismatch';
  },
  eventId: (request) => request.header('i-twilio-idempotency-token'),
});

/**
 * The text that is signed after the URL: a form's parameters sorted by name, or nothing if the URL contains the body's digest. Either
 * way, every byte of the body is signed. `undefined` if the request can't be valid.
 */
function signedParameters(request: ReceivedRequest): string | undefined {
  if (new URLSearchParams(request.head.query).has('bodySHA256')) {
    const digest = createHash('sha256').update(request.body).digest('hex');
    return isSame(digest, request.queryParameter('bodySHA256') ?? '') ? '' : undefined;
  }
  if (request.body.byteLength > MAX_FORM_BYTES) return undefined;
  const values = Map.groupBy(new URLSearchParams(Buffer.from(request.body).toString('utf8')), ([name]) => name);
  const byName = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  return byName.flatMap(([, pairs]) => [...new Set(pairs.map((pair) => pair.join('')))].sort()).join('');
}
