import { hmac, isSame, isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, secretFields, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** https://linear.app/developers/webhooks#securing-webhooks. The signed time is in the body, in milliseconds. */
export const linear = defineScheme({
  type: 'linear',
  fields: {
    ...secretFields("The webhook's signing secret.", 'lin_wh_EXAMPLE0c1d2e3f4a5b6c7d8'),
    tolerance_seconds: toleranceField,
  },
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret, tolerance_seconds }, nowMs) => {
    const signature = request.header('linear-signature');
    if (signature === undefined) return 'signature_missing';
    const isRight = accepted(secret, previous_secret).some((key) =>
      isSame(hmac('sha256', key, 'hex', request.body), signature),
    );
    if (!isRight) return 'signature_mismatch';
    const timeMs = parseUnixTimeMs(request.textAt('webhookTimestamp'));
    if (timeMs === undefined) return 'timestamp_missing';
    return isWithin(tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
  eventId: (request) => request.header('linear-delivery'),
  eventType: (request) => request.header('linear-event'),
});
