import type { DeliveryJob } from '../deliveries/delivery.ts';
import { headersByName, senderHeaders } from '../deliveries/delivery-headers.ts';
import { encodedText } from '../events/body-text.ts';
import type { RequestHead } from '../events/stored-request.ts';
import { timeMsOf } from '../ids.ts';

/** A webhook as it is sent to a destination's clients: docs/destinations/websocket.md. Fields may be added, but never changed. */
export interface EventFrame {
  readonly type: 'event';
  readonly event_id: string;
  readonly delivery_id: string;
  readonly source_id: string;
  readonly attempt: number;
  /** When the event was accepted. */
  readonly created_at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** `null` if the headers alone would make the frame too large. */
  readonly headers: Readonly<Record<string, string | readonly string[]>> | null;
  /** `null` if the body would make the frame too large. */
  readonly body: string | null;
  readonly body_encoding: 'utf8' | 'base64' | null;
  readonly body_bytes: number;
  /** API path of the complete event; `null` if the frame has the body. */
  readonly body_url: string | null;
}

interface Webhook {
  readonly job: Pick<DeliveryJob, 'eventId' | 'deliveryId' | 'sourceId' | 'attempt'>;
  readonly head: RequestHead;
  readonly body: Uint8Array;
}

/**
 * Of one message, in UTF-8, as AWS's model of PostToConnection has it:
 * https://github.com/boto/botocore/blob/develop/botocore/data/apigatewaymanagementapi/2018-11-29/service-2.json
 * A footnote of the quotas says that what is larger than 32 KB must be split into frames, also by this call, which can't do that:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 * Which of them holds was not tried on AWS.
 */
export const MAX_FRAME_BYTES = 128 * 1024;

/** Builds the frame. A frame too large for one message has no body, and no headers either if they are too long. */
export function buildEventFrame({ job, head, body }: Webhook): { text: string; frame: EventFrame } {
  const { text, encoding } = encodedText(body);
  const whole: EventFrame = {
    type: 'event',
    event_id: job.eventId,
    delivery_id: job.deliveryId,
    source_id: job.sourceId,
    attempt: job.attempt,
    created_at: new Date(timeMsOf(job.eventId)).toISOString(),
    method: head.method,
    path: head.path,
    query: head.query,
    headers: headersByName(senderHeaders(head.headers)),
    body: text,
    body_encoding: encoding,
    body_bytes: body.byteLength,
    body_url: null,
  };
  const reference = { ...whole, body: null, body_encoding: null, body_url: `/v1/events/${job.eventId}` };
  // Neither encoding makes a body shorter in its frame.
  const candidates = body.byteLength > MAX_FRAME_BYTES ? [reference] : [whole, reference];
  for (const frame of candidates) {
    const text = JSON.stringify(frame);
    if (Buffer.byteLength(text) <= MAX_FRAME_BYTES) return { text, frame };
  }
  // Path and query have at most 10,240 bytes, API Gateway's limit for the whole head of a request. Escaping makes that at most six
  // times as long: half a message.
  const frame = { ...reference, headers: null };
  return { text: JSON.stringify(frame), frame };
}
