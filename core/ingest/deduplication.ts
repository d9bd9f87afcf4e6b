import { createHash } from 'node:crypto';
import * as z from 'zod';
import { headerNameField } from '../fields/headers-field.ts';
import type { SourceId } from '../ids.ts';
import type { Verifier } from '../verification/scheme.ts';
import type { ReceivedRequest } from './received-request.ts';

/** Providers repeat webhooks for up to three days. */
const MAX_WINDOW_SECONDS = 604_800;
const DEFAULT_WINDOW_SECONDS = 86_400;
const MAX_PATH_LENGTH = 256;

const window_seconds = z
  .int()
  .min(60)
  .max(MAX_WINDOW_SECONDS)
  .default(DEFAULT_WINDOW_SECONDS)
  .meta({ description: 'How long after the first webhook copies are recognized.', examples: [DEFAULT_WINDOW_SECONDS] });

const pathField = z
  .string()
  .max(MAX_PATH_LENGTH)
  .regex(/^[^\s.]+(\.[^\s.]+)*$/, 'must be field names separated by dots')
  .refine((path) => path.isWellFormed(), 'must be well-formed Unicode')
  .meta({ description: "Path of the id in the body's JSON.", examples: ['data.id'] });

const options = [
  z.strictObject({ by: z.literal('event_id'), window_seconds }),
  z.strictObject({
    by: z.literal('header'),
    header: headerNameField
      .default('Idempotency-Key')
      .meta({ description: 'The header that contains the id.', examples: ['Idempotency-Key'] }),
    window_seconds,
  }),
  z.strictObject({ by: z.literal('body'), path: pathField, window_seconds }),
] as const;

const byPlace = z.discriminatedUnion('by', options, { error: 'must be one of: event_id, header, body' });

/** How a source recognizes copies of a webhook. Requests may omit some fields; rows and responses have all of them. */
export const deduplicationField = byPlace.meta({ id: 'SetSourceDeduplication' });
export const shownDeduplication = byPlace.meta({ id: 'SourceDeduplication' });
export type Deduplication = z.output<typeof deduplicationField>;

/**
 * The SHA-256 of what copies of a webhook have in common; hashed, because an id may name a customer. `undefined` for a
 * webhook without an id, which is never a copy.
 */
export function copyDigest(
  sourceId: SourceId,
  deduplication: Deduplication,
  request: ReceivedRequest,
  verifier: Verifier | undefined,
): string | undefined {
  const [place, id] = idIn(deduplication, request, verifier);
  if (id === undefined || id === '') return undefined;
  // With the place, so that ids found by an earlier setting are not taken for ids found by the present one.
  const text = JSON.stringify([sourceId, deduplication.by, place, id]);
  return createHash('sha256').update(text).digest('hex');
}

function idIn(
  deduplication: Deduplication,
  request: ReceivedRequest,
  verifier: Verifier | undefined,
): readonly [place: string, id: string | undefined] {
  switch (deduplication.by) {
    case 'event_id':
      return ['', verifier?.eventId(request)];
    case 'header':
      return [deduplication.header.toLowerCase(), request.header(deduplication.header)];
    case 'body':
      return [deduplication.path, request.textAt(...deduplication.path.split('.'))];
  }
}
