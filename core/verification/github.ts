import { hmac, isSame } from './compare.ts';
import { accepted, secretFields } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. It signs neither a time nor headers. */
export const github = defineScheme({
  type: 'github',
  fields: secretFields("The webhook's secret.", 'EXAMPLE-github-webhook-secret'),
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret }) => {
    const signature = request.header('x-hub-signature-256');
    if (signature === undefined) return 'signature_missing';
    const isRight = accepted(secret, previous_secret).some((key) =>
      isSame(`sha256=${hmac('sha256', key, 'hex', request.body)}`, signature),
    );
    return isRight ? 'verified' : 'signature_mismatch';
  },
  // The same when someone redelivers the webhook: https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
  eventId: (request) => request.header('x-github-delivery'),
  eventType: (request) => request.header('x-github-event'),
});
