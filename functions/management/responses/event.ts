import * as z from 'zod';
import { headersByName, maskSecretHeaders } from '../../../core/deliveries/delivery-headers.ts';
import {
  bodyBytesOf,
  decodeRequest,
  type RequestHead,
  type StoredRequest,
} from '../../../core/events/stored-request.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { timeMsOf } from '../../../core/ids.ts';
import { isoTime } from '../../../core/iso-time.ts';
import { shownQuery } from '../../../core/secrets/shown-url.ts';
import { eventTypeBy, eventTypeInRow, type TypedSource } from '../../shared/event-type.ts';
import type { StoredEvent } from '../../stores/event-row.ts';
import type { EventDeliveries } from '../use-cases/history.ts';
import { deliveryResponse, toDeliveryResponse } from './delivery.ts';
import { bodyEncoding, headersResponse, toEncodedText } from './message.ts';
import { timestamp } from './times.ts';

/** Events as the API shows them. */

export const eventSummary = z
  .object({
    id: idSchema('evt'),
    source_id: idSchema('src'),
    event_type: z
      .string()
      .nullable()
      .meta({
        description:
          "What the provider calls it, by the source's current verification; `null` if that does not tell, and in lists if it is inside a body too large for the event's row.",
        examples: ['push'],
      }),
    method: z.string().meta({ examples: ['POST'] }),
    path: z.string().meta({ description: 'What followed the ingest URL.', examples: ['/orders'] }),
    query: z.string().meta({
      description: 'Without the question mark; parameter values that may grant access are masked.',
      examples: ['region=eu'],
    }),
    content_type: z
      .string()
      .nullable()
      .meta({ examples: ['application/json'] }),
    body_bytes: z.int().meta({ examples: [25] }),
    created_at: timestamp.meta({ description: 'When it was accepted.' }),
  })
  .meta({ id: 'EventSummary' });

/** Reads only the event's row. @param source the event's, if it was found */
export function toEventSummaryResponse(
  event: StoredEvent,
  source: TypedSource | undefined,
): z.input<typeof eventSummary> {
  const request = decodeRequest(event.request);
  return summaryOf(event, request.head, bodyBytesOf(request), eventTypeInRow(source, request));
}

export function summaryOf(
  { id, sourceId }: Pick<StoredEvent, 'id' | 'sourceId'>,
  head: RequestHead,
  bodyBytes: number,
  eventType: string | undefined,
): z.input<typeof eventSummary> {
  const contentType = head.headers.find(([name]) => name.toLowerCase() === 'content-type');
  return {
    id,
    source_id: sourceId,
    event_type: eventType ?? null,
    method: head.method,
    path: head.path,
    // Like the headers, secrets in it are delivered but not shown.
    query: shownQuery(head.query),
    content_type: contentType?.[1] ?? null,
    body_bytes: bodyBytes,
    created_at: isoTime(timeMsOf(id)),
  };
}

export const eventResponse = eventSummary
  .extend({
    headers: headersResponse,
    source_ip: z.string().meta({ examples: ['203.0.113.7'] }),
    body: z
      .string()
      .nullable()
      .meta({
        description: 'As text if it is UTF-8, else in base64; `null` if it has expired a moment before its event.',
        examples: ['{"ref":"refs/heads/main"}'],
      }),
    body_encoding: bodyEncoding.nullable(),
    deliveries: z.array(deliveryResponse),
    filtered: z.array(z.object({ connection_id: idSchema('con'), destination_id: idSchema('dst') })).meta({
      description:
        'Connections over which it is not known to have gone: their current filter excludes it, or was changed since it came.',
      examples: [[]],
    }),
  })
  .meta({ id: 'Event' });

interface ReadEvent extends EventDeliveries {
  readonly event: StoredEvent;
  /** The request that the event has stored, decoded. */
  readonly request: StoredRequest;
  /** `undefined` when it has expired. */
  readonly body: Uint8Array | undefined;
  readonly source: TypedSource | undefined;
}

export function toEventResponse({
  event,
  request,
  body,
  source,
  deliveries,
  filtered,
}: ReadEvent): z.input<typeof eventResponse> {
  const { head } = request;
  const shown = body && toEncodedText(body);
  const eventType = body ? eventTypeBy(source, head, body) : eventTypeInRow(source, request);
  return {
    ...summaryOf(event, head, bodyBytesOf(request), eventType),
    // What a sender proves itself with is delivered, but not shown: a read key must not open the sender's other receivers.
    headers: headersByName(maskSecretHeaders(head.headers)),
    source_ip: head.sourceIp,
    body: shown?.text ?? null,
    body_encoding: shown?.encoding ?? null,
    deliveries: deliveries.map(toDeliveryResponse),
    filtered: filtered.map(({ id, destinationId }) => ({ connection_id: id, destination_id: destinationId })),
  };
}
