import * as z from 'zod';
import { headerNameField } from '../fields/headers-field.ts';
import { hmac, isSame, isWithin, parseUnixTimeMs } from './compare.ts';
import { accepted, DEFAULT_TOLERANCE_SECONDS, secretFields, toleranceField } from './fields.ts';
import { defineScheme } from './scheme.ts';

const MAX_PREFIX_LENGTH = 64;
const MAX_PAYLOAD_LENGTH = 256;
const PLACEHOLDER = /(\{body\}|\{timestamp\})/;

/** How the timestamp and the body are combined: `{timestamp}.{body}` and the like. */
const signedPayloadField = z
  .string()
  .max(MAX_PAYLOAD_LENGTH)
  .refine((text) => text.split('{body}').length === 2, 'must contain {body} exactly once')
  .nullable()
  .default(null)
  .meta({
    description:
      'What is signed: text with `{body}` once and, if there is a `timestamp_header`, `{timestamp}`. `null`: `{timestamp}.{body}`, or `{body}` without that header.',
    examples: [null, 'v0:{timestamp}:{body}'],
  });

/** For senders that have no scheme of their own here. */
export const genericHmac = defineScheme({
  type: 'hmac',
  fields: {
    ...secretFields('The key, as its UTF-8 bytes.', 'EXAMPLE-hmac-secret'),
    algorithm: z.enum(['sha256', 'sha512', 'sha1']).default('sha256'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    header: headerNameField.meta({ description: 'The header that contains the signature.', examples: ['X-Signature'] }),
    prefix: z
      .string()
      .max(MAX_PREFIX_LENGTH)
      .default('')
      .meta({ description: 'The text before the signature in the header.', examples: ['', 'sha256='] }),
    timestamp_header: headerNameField
      .nullable()
      .default(null)
      .meta({
        description: 'The header that contains the signed Unix time, in seconds or milliseconds, if one is signed.',
        examples: [null, 'X-Timestamp'],
      }),
    signed_payload: signedPayloadField,
    tolerance_seconds: toleranceField,
  },
  secrets: ['secret', 'previous_secret'],
  problem: ({ signed_payload, timestamp_header, tolerance_seconds }) => {
    // The default is accepted, because responses show it and a client may send back what it got.
    if (timestamp_header === null && tolerance_seconds !== DEFAULT_TOLERANCE_SECONDS) {
      return {
        path: 'tolerance_seconds',
        message: 'has no effect without a timestamp_header, because no time is signed',
      };
    }
    if (signed_payload === null || signed_payload.includes('{timestamp}') === (timestamp_header !== null))
      return undefined;
    return {
      path: 'signed_payload',
      message: 'must contain {timestamp} if there is a timestamp_header, and must not contain it otherwise',
    };
  },
  verify: (request, settings, nowMs) => {
    const header = request.header(settings.header);
    if (header === undefined) return 'signature_missing';
    const timestamp = settings.timestamp_header === null ? '' : request.header(settings.timestamp_header);
    const timeMs = settings.timestamp_header === null ? nowMs : parseUnixTimeMs(timestamp);
    if (timestamp === undefined || timeMs === undefined) return 'timestamp_missing';
    const payload = settings.signed_payload ?? (settings.timestamp_header === null ? '{body}' : '{timestamp}.{body}');
    const parts = payload.split(PLACEHOLDER).map((part) => {
      if (part === '{body}') return request.body;
      return part === '{timestamp}' ? timestamp : part;
    });
    const comparable = (text: string) => (settings.encoding === 'hex' ? text.toLowerCase() : text);
    const expected = accepted(settings.secret, settings.previous_secret).map((key) =>
      comparable(settings.prefix + hmac(settings.algorithm, key, settings.encoding, ...parts)),
    );
    // There may be several signatures while the sender rotates its secret; a prefix may contain a space.
    const given = [header, ...header.split(','), ...header.split(/[\s,]+/)].map((text) => comparable(text.trim()));
    if (!expected.some((mac) => given.some((signature) => isSame(mac, signature)))) return 'signature_mismatch';
    return isWithin(settings.tolerance_seconds, timeMs, nowMs) ? 'verified' : 'timestamp_outside_window';
  },
});
