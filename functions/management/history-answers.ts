import * as z from 'zod';
import type { Attempt } from '../../core/attempt.ts';
import { base64Of, type EncodedText, encodedText } from '../../core/body-text.ts';
import type { ClientAnswer } from '../../core/clients/client-answer.ts';
import { deliveryStatuses } from '../../core/delivery.ts';
import { headersByName, maskSecretHeaders } from '../../core/delivery-headers.ts';
import { idSchema } from '../../core/id-schema.ts';
import { eventIdOf, timeMsOf } from '../../core/ids.ts';
import { decodeRequest, type RequestHead, type StoredRequest } from '../../core/stored-request.ts';
import { eventTypeBy, eventTypeInRow, type TypedSource } from '../shared/event-type.ts';
import type { LoggedAttempt } from '../stores/deliveries/delivery-reader.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { StoredEvent } from '../stores/events.ts';
import type { EventRoutes } from './history.ts';
import { isoTime, showTime, timestamp } from './times.ts';

/** Events, deliveries and attempts as the API shows them. */

export const headersAnswer = z.record(z.string(), z.union([z.string(), z.array(z.string())])).meta({
  description: 'By name, in the case of the wire; a name that was sent several times has a list of values.',
  examples: [{ 'Content-Type': 'application/json', 'X-GitHub-Event': 'push' }],
});
const bodyEncoding = z.enum(['utf8', 'base64']);

export const eventSummary = z
  .object({
    id: idSchema('evt'),
    source_id: idSchema('src'),
    event_type: z
      .string()
      .nullable()
      .meta({
        description:
          "What the provider calls it, by the source's verification as it is now; `null` where that does not know, and in a list where it stands in a body that is too large for the event's row.",
        examples: ['push'],
      }),
    method: z.string().meta({ examples: ['POST'] }),
    path: z.string().meta({ description: 'What followed the ingest URL.', examples: ['/orders'] }),
    query: z.string().meta({ description: 'As sent, without the question mark.', examples: ['region=eu'] }),
    content_type: z
      .string()
      .nullable()
      .meta({ examples: ['application/json'] }),
    body_bytes: z.int().meta({ examples: [25] }),
    created_at: timestamp.meta({ description: 'When it was accepted.' }),
  })
  .meta({ id: 'EventSummary' });

/** By what its row has. @param source the event's, if it was found */
export function showEventSummary(event: StoredEvent, source: TypedSource | undefined): z.input<typeof eventSummary> {
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
    query: head.query,
    content_type: contentType?.[1] ?? null,
    body_bytes: bodyBytes,
    created_at: isoTime(timeMsOf(id)),
  };
}

function bodyBytesOf({ body }: StoredRequest): number {
  return body.kind === 'inline' ? body.bytes.byteLength : body.sizeBytes;
}

export const deliveryAnswer = z
  .object({
    id: idSchema('dlv'),
    event_id: idSchema('evt'),
    source_id: idSchema('src'),
    connection_id: idSchema('con'),
    destination_id: idSchema('dst'),
    status: z.enum(deliveryStatuses).meta({ examples: ['dead'] }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it is dead or cancelled.', examples: ['retries_exhausted'] }),
    reason_message: z
      .string()
      .nullable()
      .meta({ description: 'More of it, where there is.', examples: [null] }),
    attempt_count: z.int().meta({ examples: [6] }),
    status_code: z
      .int()
      .nullable()
      .meta({ description: 'Of the last attempt; `null` when there was no answer.', examples: [503] }),
    error_code: z
      .string()
      .nullable()
      .meta({
        description: 'Of the last attempt, when there was no answer, or one that tells of a failure.',
        examples: [null],
      }),
    last_attempt_at: timestamp.nullable(),
    next_attempt_at: timestamp.nullable().meta({ examples: [null] }),
    created_at: timestamp.meta({ description: 'When its event was accepted.' }),
  })
  .meta({ id: 'Delivery' });

export function showDelivery(delivery: StoredDelivery): z.input<typeof deliveryAnswer> {
  const { lastResult = '', lastAttemptAtMs, nextAttemptAtMs } = delivery;
  const hasStatus = /^\d+$/.test(lastResult);
  return {
    id: delivery.id,
    event_id: eventIdOf(delivery.id, delivery.sourceId),
    source_id: delivery.sourceId,
    connection_id: delivery.connectionId,
    destination_id: delivery.destinationId,
    status: delivery.status,
    reason: delivery.reason ?? null,
    reason_message: delivery.reasonMessage ?? null,
    attempt_count: delivery.attemptCount,
    status_code: hasStatus ? Number(lastResult) : null,
    error_code: hasStatus ? null : lastResult || null,
    last_attempt_at: showTime(lastAttemptAtMs),
    next_attempt_at: showTime(nextAttemptAtMs),
    created_at: isoTime(timeMsOf(delivery.id)),
  };
}

export const attemptAnswer = z
  .object({
    number: z.int().meta({ examples: [6] }),
    started_at: timestamp,
    duration_ms: z.number().meta({ examples: [12] }),
    status_code: z
      .int()
      .nullable()
      .meta({ examples: [503] }),
    error_code: z
      .string()
      .nullable()
      .meta({
        description:
          '`TIMEOUT`, `DNS_ERROR` and so on, when there was no answer; what it was, where AWS or a broker refused, or as a client of a WebSocket destination names it.',
        examples: [null],
      }),
    error_message: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    request_method: z
      .string()
      .nullable()
      .meta({
        description: '`null` where no HTTP request of the destination was made: by AWS, and to clients.',
        examples: ['POST'],
      }),
    request_target: z
      .string()
      .nullable()
      .meta({
        description:
          "The URL that was called, secrets masked; the queue's URL, `s3://bucket/key`, or the event bus. `null` where it was not logged, and of a WebSocket destination.",
        examples: ['https://example.com/webhooks'],
      }),
    request_headers: headersAnswer.meta({ description: 'As sent, secrets masked.' }),
    response_headers: headersAnswer.nullable().meta({ examples: [{ 'Content-Length': '4' }] }),
    response_body: z
      .string()
      .nullable()
      .meta({ description: 'Its first 16 KiB, decoded.', examples: ['busy'] }),
    response_body_encoding: bodyEncoding.nullable(),
    response_body_truncated: z.boolean().meta({ examples: [false] }),
  })
  .meta({ id: 'Attempt' });

export function showAttempt({ response, error, ...attempt }: Attempt): z.input<typeof attemptAnswer> {
  const body = response && showBytes(response.body);
  return {
    number: attempt.number,
    started_at: isoTime(attempt.startedAtMs),
    duration_ms: attempt.durationMs,
    status_code: response?.statusCode ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    request_method: attempt.request?.method ?? null,
    request_target: attempt.request?.target ?? null,
    request_headers: headersByName(attempt.requestHeaders),
    response_headers: response ? headersByName(response.headers) : null,
    response_body: body?.text ?? null,
    response_body_encoding: body?.encoding ?? null,
    response_body_truncated: response?.bodyTruncated ?? false,
  };
}

const clientAnswer = z
  .object({
    answered_at: timestamp,
    duration_ms: z.number().meta({ examples: [12] }),
    status_code: z
      .int()
      .nullable()
      .meta({ examples: [500] }),
    error_code: z
      .string()
      .nullable()
      .meta({ description: '`CONNECTION_REFUSED`, `TIMEOUT` and so on, as the client names it.', examples: [null] }),
    error_message: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    headers: headersAnswer.nullable().meta({ examples: [{ 'Content-Length': '4' }] }),
    body: z
      .string()
      .nullable()
      .meta({ description: 'Its first 16 KiB.', examples: ['busy'] }),
    body_encoding: bodyEncoding.nullable(),
    body_truncated: z.boolean().meta({ examples: [false] }),
  })
  .meta({ id: 'ClientAnswer' });

function showClientAnswer({ answeredAtMs, durationMs, response, error }: ClientAnswer): z.input<typeof clientAnswer> {
  const body = response && showBytes(response.body);
  return {
    answered_at: isoTime(answeredAtMs),
    duration_ms: durationMs,
    status_code: response?.statusCode ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    headers: response ? headersByName(response.headers) : null,
    body: body?.text ?? null,
    body_encoding: body?.encoding ?? null,
    body_truncated: response?.bodyTruncated ?? false,
  };
}

const loggedAttempt = attemptAnswer
  .extend({
    request_body_from: z
      .enum(['event', 'transform', 'template'])
      .nullable()
      .meta({
        description:
          "What the body was: the event's, byte for byte, or what the connection's transform or the destination's template then made of it, which is not kept. `null` where it was not logged.",
        examples: ['event'],
      }),
    client_answer: clientAnswer.nullable().meta({
      description: 'What the program behind a client of a WebSocket destination has answered, if the client has told.',
      examples: [null],
    }),
  })
  .meta({ id: 'LoggedAttempt' });

export function showLoggedAttempt(attempt: LoggedAttempt): z.input<typeof loggedAttempt> {
  const { clientAnswer: told, request } = attempt;
  const from = request ? (request.bodyFrom ?? 'event') : null;
  return { ...showAttempt(attempt), request_body_from: from, client_answer: told ? showClientAnswer(told) : null };
}

export const deliveryWithAttempts = deliveryAnswer
  .extend({ attempts: z.array(loggedAttempt) })
  .meta({ id: 'DeliveryWithAttempts' });

export const eventAnswer = eventSummary
  .extend({
    headers: headersAnswer,
    source_ip: z.string().meta({ examples: ['203.0.113.7'] }),
    body: z
      .string()
      .nullable()
      .meta({
        description: 'As text where it is UTF-8, else in base64; `null` when it has expired a moment before its event.',
        examples: ['{"ref":"refs/heads/main"}'],
      }),
    body_encoding: bodyEncoding.nullable(),
    deliveries: z.array(deliveryAnswer),
    filtered: z.array(z.object({ connection_id: idSchema('con'), destination_id: idSchema('dst') })).meta({
      description: 'Where it did not go, because the filter of the connection, as it is now, keeps it out.',
      examples: [[]],
    }),
  })
  .meta({ id: 'Event' });

interface ReadEvent {
  readonly event: StoredEvent;
  /** The event's, decoded. */
  readonly request: StoredRequest;
  /** `undefined` when it has expired. */
  readonly body: Uint8Array | undefined;
  readonly source: TypedSource | undefined;
  readonly routes: EventRoutes;
}

export function showEvent({ event, request, body, source, routes }: ReadEvent): z.input<typeof eventAnswer> {
  const { deliveries, filtered } = routes;
  const { head } = request;
  const shown = body && showBytes(body);
  const eventType = body ? eventTypeBy(source, head, body) : eventTypeInRow(source, request);
  return {
    ...summaryOf(event, head, bodyBytesOf(request), eventType),
    // What a sender proves itself with is delivered, not shown: a read key is no key to the sender's other receivers.
    headers: headersByName(maskSecretHeaders(head.headers)),
    source_ip: head.sourceIp,
    body: shown?.text ?? null,
    body_encoding: shown?.encoding ?? null,
    deliveries: deliveries.map(showDelivery),
    filtered: filtered.map(({ id, destinationId }) => ({ connection_id: id, destination_id: destinationId })),
  };
}

/**
 * Lambda answers at most 6 MiB, in which the body stands as JSON within JSON: text of many quotes grows past what the same
 * bytes have in base64. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_TEXT_CHARACTERS = 5_500_000;

/** As text where the bytes are UTF-8, and the answer has room for it; else in base64. */
export function showBytes(bytes: Uint8Array): EncodedText {
  const shown = encodedText(bytes);
  const fits = bytes.byteLength < MAX_TEXT_CHARACTERS / 12 || escapedLength(shown.text) < MAX_TEXT_CHARACTERS;
  return shown.encoding === 'base64' || fits ? shown : { text: base64Of(bytes), encoding: 'base64' };
}

function escapedLength(text: string): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(text)));
}
