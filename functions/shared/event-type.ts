import type { SourceId } from '../../core/ids.ts';
import { ReceivedRequest } from '../../core/received-request.ts';
import type { Source } from '../../core/source.ts';
import type { RequestHead } from '../../core/stored-request.ts';
import { eventTypeOf } from '../../core/verification/registry.ts';

export type SourceOf = (id: SourceId) => Promise<Pick<Source, 'verification'> | undefined>;

/** What a stored event's provider calls it; `undefined` where its source does not know. */
export async function storedEventType(
  sourceOf: SourceOf,
  id: SourceId,
  head: RequestHead,
  body: Uint8Array,
): Promise<string | undefined> {
  const verification = (await sourceOf(id))?.verification;
  // By the scheme alone: what was verified when it came in is read without a secret.
  return verification ? eventTypeOf(verification.shown, new ReceivedRequest(head, body, '')) : undefined;
}
