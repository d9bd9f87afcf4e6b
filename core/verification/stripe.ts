import { hmac, isSame, isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, secretFields, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** https://docs.stripe.com/webhooks#verify-manually: `t=1492774577,v1=…,v1=…,v0=…` */
export const stripe = defineScheme({
  type: 'stripe',
  fields: {
    ...secretFields("The endpoint's signing secret.", 'whsec_EXAMPLEdW3xP7gTnQy5Rk2LsVb8m'),
    tolerance_seconds: toleranceField,
  },
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret, tolerance_seconds }, nowMs) => {
    const header = request.header('stripe-signature');
    if (header === undefined) return 'signature_missing';
    const parts = header.split(',').map((part) => part.split('=', 2));
    const timestamp = parts.find(([name]) => name === 't')?.[1];
    const timeMs = parseUnixTimeMs(timestamp);
    if (timestamp === undefined || timeMs === undefined) return 'timestamp_missing';
    const signatures = parts.flatMap(([name, value = '']) => (name === 'v1' ? [value] : []));
    const expected = accepted(secret, previous_secret).map((key) =>
      hmac('sha256', key, 'hex', `${timestamp}.`, request.body),
    );
    if (!expected.some((mac) => signatures.some((signature) => isSame(mac, signature)))) return 'signature_mismatch';
    return isWithin(tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
  eventId: (request) => request.textAt('id'),
  eventType: (request) => request.textAt('type'),
});
