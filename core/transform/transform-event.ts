import type { HeaderList } from '../deliveries/delivery-headers.ts';
import { encodedText } from '../events/body-text.ts';
import type { RequestHead } from '../events/stored-request.ts';
import { type EventId, type SourceId, timeMsOf } from '../ids.ts';
import type { TransformEvent } from './transform.ts';

/** A webhook to transform. */
export interface TransformedWebhook {
  readonly id: EventId;
  readonly sourceId: SourceId;
  readonly url: string;
  readonly type: string | undefined;
  readonly head: RequestHead;
  readonly body: Uint8Array;
}

/** Builds the event that a transform receives. The sandbox itself parses the JSON, so the body crosses the boundary only once. */
export function toTransformEvent({ id, sourceId, url, type, head, body }: TransformedWebhook): TransformEvent {
  const { method, path, query, headers } = head;
  const { text, encoding } = encodedText(body);
  return {
    id,
    source_id: sourceId,
    url,
    type: type ?? null,
    created_at: new Date(timeMsOf(id)).toISOString(),
    method,
    path,
    query,
    headers: joinedHeaders(headers),
    body: text,
    body_encoding: encoding,
  };
}

/** Headers by lower-case name; repeated ones are joined with commas, as in RFC 9110 §5.2. */
export function joinedHeaders(headers: HeaderList): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const before = values.get(lower);
    values.set(lower, before === undefined ? value : `${before}, ${value}`);
  }
  // Not by assignment, with which `__proto__` would be lost.
  return Object.fromEntries(values);
}
