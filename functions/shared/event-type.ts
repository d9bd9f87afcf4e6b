import type { SourceId } from '../../core/ids.ts';
import { ReceivedRequest } from '../../core/received-request.ts';
import type { KeptVerification } from '../../core/source.ts';
import type { RequestHead, StoredRequest } from '../../core/stored-request.ts';
import { eventTypeOf } from '../../core/verification/registry.ts';

/** A source, as far as it knows what its events are called. */
export interface TypedSource {
  readonly verification: Pick<KeptVerification, 'shown'> | null;
}

export type SourceOf = (id: SourceId) => Promise<TypedSource | undefined>;

/** What a stored event's provider calls it; `undefined` where its source does not know. */
export async function storedEventType(
  sourceOf: SourceOf,
  id: SourceId,
  head: RequestHead,
  body: Uint8Array,
): Promise<string | undefined> {
  return eventTypeBy(await sourceOf(id), head, body);
}

/** The same, of a source that has been read. */
export function eventTypeBy(source: TypedSource | undefined, head: RequestHead, body: Uint8Array): string | undefined {
  const verification = source?.verification;
  // By the scheme alone: what was verified when it came in is read without a secret.
  return verification ? eventTypeOf(verification.shown, new ReceivedRequest(head, body, '')) : undefined;
}

const NOT_READ = new Uint8Array();

/** As far as the event's row tells: the type of a body that is an object in the bucket is not known, only that of its headers. */
export function eventTypeInRow(source: TypedSource | undefined, { head, body }: StoredRequest): string | undefined {
  return eventTypeBy(source, head, body.kind === 'inline' ? body.bytes : NOT_READ);
}
