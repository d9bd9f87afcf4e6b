import type { RequestHead, StoredRequest } from '../../core/events/stored-request.ts';
import type { SourceId } from '../../core/ids.ts';
import { ReceivedRequest } from '../../core/ingest/received-request.ts';
import type { StoredVerification } from '../../core/ingest/source.ts';
import { eventTypeOf } from '../../core/verification/registry.ts';

/** The part of a source that determines the types of its events. */
export interface TypedSource {
  readonly verification: Pick<StoredVerification, 'shown'> | null;
}

export type SourceOf = (id: SourceId) => Promise<TypedSource | undefined>;

/** The type that the provider gives a stored event; `undefined` if the source does not know types. */
export async function storedEventType(
  sourceOf: SourceOf,
  id: SourceId,
  head: RequestHead,
  body: Uint8Array,
): Promise<string | undefined> {
  return eventTypeBy(await sourceOf(id), head, body);
}

/** The same, if the source has been read already. */
export function eventTypeBy(source: TypedSource | undefined, head: RequestHead, body: Uint8Array): string | undefined {
  const verification = source?.verification;
  // The scheme is enough: the event was verified on arrival, so no secret is needed.
  return verification ? eventTypeOf(verification.shown, new ReceivedRequest(head, body, '')) : undefined;
}

const NOT_READ = new Uint8Array();

/** The type as far as the row alone tells: if the body is in the bucket, only a type in the headers is known. */
export function eventTypeInRow(source: TypedSource | undefined, { head, body }: StoredRequest): string | undefined {
  return eventTypeBy(source, head, body.kind === 'inline' ? body.bytes : NOT_READ);
}
