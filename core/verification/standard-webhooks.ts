import type { ReceivedRequest } from '../ingest/received-request.ts';
import { signingKey } from '../signing/signature.ts';
import { whsecProblem } from '../signing/signing-fields.ts';
import { hmac, isSame, isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, secretFields, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

/**
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; also Svix, whose headers have its own name
 * as prefix: https://docs.svix.com/receiving/verifying-payloads/how-manual
 */
export const standardWebhooks = defineScheme({
  type: 'standard_webhooks',
  fields: {
    ...secretFields('`whsec_` and base64, or any other text.', 'whsec_RVhBTVBMRS1FWEFNUExFLUVYQU1QTEU='),
    tolerance_seconds: toleranceField,
  },
  secrets: ['secret', 'previous_secret'],
  // Not a rule of the fields, because those also read stored settings, some of which are older than the rule.
  problem: (settings) => {
    for (const path of ['secret', 'previous_secret'] as const) {
      const message = whsecProblem(settings[path] ?? '');
      if (message) return { path, message };
    }
    return undefined;
  },
  verify: (request, { secret, previous_secret, tolerance_seconds }, nowMs) => {
    const [id, signatures] = [headerOf(request, 'id'), headerOf(request, 'signature')];
    if (id === undefined || signatures === undefined) return 'signature_missing';
    const timestamp = headerOf(request, 'timestamp');
    const timeMs = parseUnixTimeMs(timestamp);
    if (timeMs === undefined) return 'timestamp_missing';
    const expected = accepted(secret, previous_secret).map(
      (key) => `v1,${hmac('sha256', signingKey(key), 'base64', `${id}.${timestamp}.`, request.body)}`,
    );
    const given = signatures.split(' ');
    if (!expected.some((mac) => given.some((signature) => isSame(mac, signature)))) return 'signature_mismatch';
    return isWithin(tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
  eventId: (request) => headerOf(request, 'id'),
  eventType: (request) => request.textAt('type'),
});

/** Reads all three headers from one family, never a mix of both. */
function headerOf(request: ReceivedRequest, name: 'id' | 'timestamp' | 'signature'): string | undefined {
  const family = request.header('webhook-signature') === undefined ? 'svix' : 'webhook';
  return request.header(`${family}-${name}`);
}
