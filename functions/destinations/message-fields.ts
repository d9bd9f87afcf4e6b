import type { MessageFieldName } from '../../core/destination-types/message-fields.ts';
import type { AttemptInput } from './destination-type.ts';
import { contentEncodingOf, contentTypeOf } from './webhook-body.ts';

/** The fields that Hawser adds to each message that it publishes. */
export function messageFields({ job, head }: AttemptInput): (readonly [name: MessageFieldName, value: string])[] {
  const contentType = contentTypeOf(head);
  // The bytes stay encoded as the sender sent them, and readers of the message must know how.
  const contentEncoding = contentEncodingOf(head);
  return [
    ['event_id', job.eventId],
    ['delivery_id', job.deliveryId],
    ['source_id', job.sourceId],
    ['attempt', String(job.attempt)],
    ...(contentType === undefined ? [] : [['content_type', contentType] as const]),
    ...(contentEncoding === undefined ? [] : [['content_encoding', contentEncoding] as const]),
  ];
}
