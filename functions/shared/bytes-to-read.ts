import { decodeRequest, hasObjectBody } from '../../core/events/stored-request.ts';
import { NEVER_INLINE_BYTES } from '../stores/events.ts';

/**
 * An upper limit for the size of a stored request's body, known before the body is read: the exact size of a body in its row is
 * known only once it is inflated. 0 for a body longer than `maxBytes`, which the caller does not read.
 */
export function bytesToRead(encoded: Uint8Array, maxBytes: number): number {
  if (!hasObjectBody(encoded)) return NEVER_INLINE_BYTES;
  const { body } = decodeRequest(encoded);
  return body.kind === 'object' && body.sizeBytes <= maxBytes ? body.sizeBytes : 0;
}
