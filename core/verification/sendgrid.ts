import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import type { ReceivedRequest } from '../ingest/received-request.ts';
import { isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, previous, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

const publicKeyField = z
  .string()
  .max(512)
  .refine(isP256, 'must be the verification key that SendGrid shows: base64 of a public key on the curve P-256');

/** More events than SendGrid puts into one request. */
const MAX_EVENTS = 5_000;

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features */
export const sendgrid = defineScheme({
  type: 'sendgrid',
  fields: {
    public_key: publicKeyField.meta({
      description: 'The verification key of the signed event webhook.',
      examples: [
        'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==',
      ],
    }),
    previous_public_key: previous(publicKeyField),
    tolerance_seconds: toleranceField,
  },
  secrets: [],
  verify: (request, { public_key, previous_public_key, tolerance_seconds }, nowMs) => {
    const signature = request.header('x-twilio-email-event-webhook-signature');
    if (signature === undefined) return 'signature_missing';
    const timestamp = request.header('x-twilio-email-event-webhook-timestamp');
    const timeMs = parseUnixTimeMs(timestamp);
    if (timestamp === undefined || timeMs === undefined) return 'timestamp_missing';
    const signed = Buffer.concat([Buffer.from(timestamp), request.body]);
    const bytes = Buffer.from(signature, 'base64');
    const keys = accepted(public_key, previous_public_key).map(keyOf);
    if (!keys.some((key) => verify('sha256', signed, key, bytes))) return 'signature_mismatch';
    return isWithin(tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
  // A request has many events, each with an id. Two requests are the same if all of their ids are.
  eventId: (request) => valuesOfEvents(request, 'sg_event_id')?.join(','),
  eventType: (request) => {
    const [type, ...others] = new Set(valuesOfEvents(request, 'event'));
    return others.length === 0 ? type : undefined;
  },
});

/** The value of a field in each event of the request; `undefined` unless all events have it. */
function valuesOfEvents(request: ReceivedRequest, name: string): string[] | undefined {
  const { json } = request;
  if (!Array.isArray(json) || json.length === 0 || json.length > MAX_EVENTS) return undefined;
  const values = json.flatMap((_, index) => request.textAt(String(index), name) ?? []);
  return values.length === json.length ? values : undefined;
}

function keyOf(base64: string): KeyObject {
  return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
}

function isP256(base64: string): boolean {
  try {
    return keyOf(base64).asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    // Node throws if the bytes are not a key.
    return false;
  }
}
