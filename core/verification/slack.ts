import { hmac, isSame, isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, secretFields, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
export const slack = defineScheme({
  type: 'slack',
  fields: {
    ...secretFields("The app's signing secret.", '8f742231b10e8888abcd99yyyzzz85a5'),
    tolerance_seconds: toleranceField,
  },
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret, tolerance_seconds }, nowMs) => {
    const signature = request.header('x-slack-signature');
    if (signature === undefined) return 'signature_missing';
    const timestamp = request.header('x-slack-request-timestamp');
    const timeMs = parseUnixTimeMs(timestamp);
    if (timeMs === undefined) return 'timestamp_missing';
    const isRight = accepted(secret, previous_secret).some((key) =>
      isSame(`v0=${hmac('sha256', key, 'hex', `v0:${timestamp}:`, request.body)}`, signature),
    );
    if (!isRight) return 'signature_mismatch';
    return isWithin(tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
  eventId: (request) => request.textAt('event_id'),
  eventType: (request) => request.textAt('event', 'type') ?? request.textAt('type'),
  /** https://docs.slack.dev/reference/events/url_verification */
  challenge: (request) => {
    const challenge = request.textAt('challenge');
    if (request.textAt('type') !== 'url_verification' || challenge === undefined) return undefined;
    return { statusCode: 200, contentType: 'text/plain', body: challenge };
  },
});
