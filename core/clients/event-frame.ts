import type { DeliveryJob } from '../deliveries/delivery.ts';
import { headersByName, senderHeaders } from '../deliveries/delivery-headers.ts';
import { encodedText } from '../events/body-text.ts';
import type { RequestHead } from '../events/stored-request.ts';
import { timeMsOf } from '../ids.ts';

/** A webhook as the clients of a destination get it: docs/destinations/websocket.md. Fields are added, never changed. */
export interface EventFrame {
  readonly type: 'event';
  readonly event_id: string;
  readonly delivery_id: string;
  readonly source_id: string;
  readonly attempt: number;
  /** When it was accepted. */
  readonly created_at: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** `null` where they alone would make it too large. */
  readonly headers: Readonly<Record<string, string | readonly string[]>> | null;
  /** `null` where it would make the frame too large. */
  readonly body: string | null;
  readonly body_encoding: 'utf8' | 'base64' | null;
  readonly body_bytes: number;
  /** Path of the API where all of it is; `null` where the frame has all of it. */
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

/** The text of the frame: whole where it fits into a message, else without body, and without headers where they are too long. */
export function eventFrame({ job, head, body }: Webhook): { text: string; frame: EventFrame } {
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
  // Whatever it is encoded as, a body is no shorter in its frame.
  const candidates = body.byteLength > MAX_FRAME_BYTES ? [reference] : [whole, reference];
  for (const frame of candidates) {
    const text = JSON.stringify(frame);
    if (Buffer.byteLength(text) <= MAX_FRAME_BYTES) return { text, frame };
  }
  // Path and query have 10,240 bytes at most, as the whole head of a request to API Gateway: six times that, escaped, is half a message.
  const frame = { ...reference, headers: null };
  return { text: JSON.stringify(frame), frame };
}
