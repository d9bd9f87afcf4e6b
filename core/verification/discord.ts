import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import { isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, previous, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

const publicKeyField = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be the application's public key: 64 lower-case hex characters");

/** https://docs.discord.com/developers/events/webhook-events#setting-up-an-endpoint; interactions work the same way. */
export const discord = defineScheme({
  type: 'discord',
  fields: {
    public_key: publicKeyField.meta({
      description: "The application's public key.",
      examples: ['d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'],
    }),
    previous_public_key: previous(publicKeyField),
    tolerance_seconds: toleranceField,
  },
  secrets: [],
  verify: (request, { public_key, previous_public_key, tolerance_seconds }, nowMs) => {
    const signature = request.header('x-signature-ed25519');
    if (signature === undefined) return 'signature_missing';
    const timestamp = request.header('x-signature-timestamp');
    const timeMs = parseUnixTimeMs(timestamp);
    if (timestamp === undefined || timeMs === undefined) return 'timestamp_missing';
    const signed = Buffer.concat([Buffer.from(timestamp), request.body]);
    const bytes = Buffer.from(signature, 'hex');
    const keys = accepted(public_key, previous_public_key).map(ed25519Key);
    if (!keys.some((key) => verify(null, signed, key, bytes))) return 'signature_mismatch';
    return isWithin(tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
  eventId: (request) => request.textAt('id'),
  eventType: (request) => request.textAt('event', 'type') ?? request.textAt('type'),
  /**
   * A webhook events URL is pinged with type 0, and answers 204; an interactions URL is pinged with type 1, and answers with the same.
   * Type 1 at a webhook events URL is an event, and contains one.
   */
  challenge: (request) => {
    const type = request.textAt('type');
    if (type === '0') return { statusCode: 204, contentType: 'application/json', body: '' };
    if (type !== '1' || request.textAt('event', 'type') !== undefined) return undefined;
    return { statusCode: 200, contentType: 'application/json', body: '{"type":1}' };
  },
});

function ed25519Key(hex: string): KeyObject {
  const x = Buffer.from(hex, 'hex').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
