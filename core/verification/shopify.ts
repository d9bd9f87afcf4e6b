import type { ReceivedRequest } from '../ingest/received-request.ts';
import { hmac, isSame } from './compare.ts';
import { accepted, secretFields } from './fields.ts';
import { defineScheme } from './scheme.ts';

/**
 * It signs neither a time nor headers. Events, the successor of webhooks, have other header names.
 * https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 * https://shopify.dev/docs/apps/build/events/verify-deliveries
 */
export const shopify = defineScheme({
  type: 'shopify',
  fields: secretFields(
    "The app's client secret, or the one that the shop shows for its webhooks.",
    'shpss_EXAMPLE0c1d2e3f4a5b6c7d8e9f',
  ),
  secrets: ['secret', 'previous_secret'],
  verify: (request, { secret, previous_secret }) => {
    const signature = header(request, 'hmac-sha256');
    if (signature === undefined) return 'signature_missing';
    const isRight = accepted(secret, previous_secret).some((key) =>
      isSame(hmac('sha256', key, 'base64', request.body), signature),
    );
    return isRight ? 'verified' : 'signature_mismatch';
  },
  // The id of the webhook, not of the event behind it, for which two subscriptions get two webhooks.
  eventId: (request) => header(request, 'webhook-id'),
  eventType: (request) => header(request, 'topic'),
});

function header(request: ReceivedRequest, name: string): string | undefined {
  const isEvent = request.header('shopify-hmac-sha256') !== undefined;
  return request.header(isEvent ? `shopify-${name}` : `x-shopify-${name}`);
}
