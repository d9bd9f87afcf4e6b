import { decodeRequest, hasObjectBody } from '../../core/stored-request.ts';
import { NEVER_INLINE_BYTES } from '../stores/events.ts';

/**
 * How many bytes the body of a stored request has at most, before it is read: of one in its row the size is only known once it is
 * inflated. 0 for one that is longer than whoever asks looks at.
 */
export function bytesToRead(encoded: Uint8Array, maxBytes: number): number {
  if (!hasObjectBody(encoded)) return NEVER_INLINE_BYTES;
  const { body } = decodeRequest(encoded);
  return body.kind === 'object' && body.sizeBytes <= maxBytes ? body.sizeBytes : 0;
}
