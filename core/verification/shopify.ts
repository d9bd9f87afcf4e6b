import { hmac, isSame } from './compare.ts';
import { accepted, secretFields } from './fields.ts';
import { defineScheme } from './scheme.ts';

/** https://shopify.dev/docs/apps/build/webhooks/verify-deliveries: it signs no time, and no header. */
export const shopify = defineScheme({
  type: 'shopify',
  fields: secretFields(
    "The app's client secret, or the one that the shop shows for its webhooks.",
    'shpss_EXAMPLE0c1d2e3f4a5b6c7d8e9f',
  ),
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret }) => {
    const signature = request.header('x-shopify-hmac-sha256');
    if (signature === undefined) return 'signature_missing';
    const isRight = accepted(secret, previous_secret).some((key) =>
      isSame(hmac('sha256', key, 'base64', request.body), signature),
    );
    return isRight ? 'verified' : 'signature_mismatch';
  },
  // Of the delivery. `X-Shopify-Event-Id` is that of what has happened: two subscriptions to it are two webhooks.
  eventId: (request) => request.header('x-shopify-webhook-id'),
  eventType: (request) => request.header('x-shopify-topic'),
});
