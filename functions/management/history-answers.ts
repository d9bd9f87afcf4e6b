import * as z from 'zod';
import type { Attempt } from '../../core/attempt.ts';
import { deliveryStatuses } from '../../core/delivery.ts';
import { type HeaderList, maskSecretHeaders } from '../../core/delivery-headers.ts';
import { eventIdOf, timeMsOf } from '../../core/ids.ts';
import { decodeRequest, type RequestHead } from '../../core/stored-request.ts';
import type { StoredDelivery } from '../stores/deliveries/delivery-row.ts';
import type { StoredEvent } from '../stores/events.ts';

/** Events, deliveries and attempts as the API shows them. */

const timestamp = z.iso.datetime();

/** By name, in the case of the wire; a name that was sent several times has a list of values. */
const headersAnswer = z.record(z.string(), z.union([z.string(), z.array(z.string())]));
const bodyEncoding = z.enum(['utf8', 'base64']);

export const eventSummary = z.object({
  id: z.string(),
  source_id: z.string(),
  method: z.string(),
  /** What followed the ingest URL. */
  path: z.string(),
  /** As sent, without the question mark. */
  query: z.string(),
  content_type: z.string().nullable(),
  body_bytes: z.int(),
  /** When it was accepted. */
  created_at: timestamp,
});

export function showEventSummary(event: StoredEvent): z.input<typeof eventSummary> {
  const { head, body } = decodeRequest(event.request);
  return summaryOf(event, head, body.kind === 'inline' ? body.bytes.byteLength : body.sizeBytes);
}

export function summaryOf(
  { id, sourceId }: Pick<StoredEvent, 'id' | 'sourceId'>,
  head: RequestHead,
  bodyBytes: number,
): z.input<typeof eventSummary> {
  const contentType = head.headers.find(([name]) => name.toLowerCase() === 'content-type');
  return {
    id,
    source_id: sourceId,
    method: head.method,
    path: head.path,
    query: head.query,
    content_type: contentType?.[1] ?? null,
    body_bytes: bodyBytes,
    created_at: isoTime(timeMsOf(id)),
  };
}

export const deliveryAnswer = z.object({
  id: z.string(),
  event_id: z.string(),
  source_id: z.string(),
  connection_id: z.string(),
  destination_id: z.string(),
  status: z.enum(deliveryStatuses),
  /** Why it is dead or cancelled. */
  reason: z.string().nullable(),
  attempt_count: z.int(),
  /** Of the last attempt; `null` when there was no answer. */
  status_code: z.int().nullable(),
  /** Of the last attempt, when there was no answer. */
  error_code: z.string().nullable(),
  last_attempt_at: timestamp.nullable(),
  next_attempt_at: timestamp.nullable(),
  /** When its event was accepted. */
  created_at: timestamp,
});

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
    attempt_count: delivery.attemptCount,
    status_code: hasStatus ? Number(lastResult) : null,
    error_code: hasStatus ? null : lastResult || null,
    last_attempt_at: lastAttemptAtMs === undefined ? null : isoTime(lastAttemptAtMs),
    next_attempt_at: nextAttemptAtMs === undefined ? null : isoTime(nextAttemptAtMs),
    created_at: isoTime(timeMsOf(delivery.id)),
  };
}

export const attemptAnswer = z.object({
  number: z.int(),
  started_at: timestamp,
  duration_ms: z.number(),
  status_code: z.int().nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  /** As sent, secrets masked. */
  request_headers: headersAnswer,
  response_headers: headersAnswer.nullable(),
  /** Its first 16 KB. */
  response_body: z.string().nullable(),
  response_body_encoding: bodyEncoding.nullable(),
  response_body_truncated: z.boolean(),
});

export function showAttempt({ response, error, ...attempt }: Attempt): z.input<typeof attemptAnswer> {
  const body = response && showBytes(response.body);
  return {
    number: attempt.number,
    started_at: isoTime(attempt.startedAtMs),
    duration_ms: attempt.durationMs,
    status_code: response?.statusCode ?? null,
    error_code: error?.code ?? null,
    error_message: error?.message ?? null,
    request_headers: showHeaders(attempt.requestHeaders),
    response_headers: response ? showHeaders(response.headers) : null,
    response_body: body?.text ?? null,
    response_body_encoding: body?.encoding ?? null,
    response_body_truncated: response?.bodyTruncated ?? false,
  };
}

export const deliveryWithAttempts = deliveryAnswer.extend({ attempts: z.array(attemptAnswer) });

export const eventAnswer = eventSummary.extend({
  headers: headersAnswer,
  source_ip: z.string(),
  /** `null` when a large body has expired before its event's row. */
  body: z.string().nullable(),
  body_encoding: bodyEncoding.nullable(),
  deliveries: z.array(deliveryAnswer),
});

export function showEvent(
  event: StoredEvent,
  body: Uint8Array | undefined,
  deliveries: readonly StoredDelivery[],
): z.input<typeof eventAnswer> {
  const { head } = decodeRequest(event.request);
  const shown = body && showBytes(body);
  return {
    ...showEventSummary(event),
    // What a sender proves itself with is delivered, not shown: a read key is no key to the sender's other receivers.
    headers: showHeaders(maskSecretHeaders(head.headers)),
    source_ip: head.sourceIp,
    body: shown?.text ?? null,
    body_encoding: shown?.encoding ?? null,
    deliveries: deliveries.map(showDelivery),
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Lambda answers at most 6 MiB, in which the body stands as JSON within JSON: text of many quotes grows past what the same
 * bytes have in base64. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_TEXT_CHARACTERS = 5_500_000;

/** As text where the bytes are UTF-8, else in base64. */
function showBytes(bytes: Uint8Array): { text: string; encoding: 'utf8' | 'base64' } {
  const text = decodeUtf8(bytes);
  if (
    text !== undefined &&
    (bytes.byteLength < MAX_TEXT_CHARACTERS / 12 || escapedLength(text) < MAX_TEXT_CHARACTERS)
  ) {
    return { text, encoding: 'utf8' };
  }
  return {
    text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    encoding: 'base64',
  };
}

function escapedLength(text: string): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(text)));
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    // `fatal` is how TextDecoder says that the bytes are not UTF-8.
    return undefined;
  }
}

function showHeaders(headers: HeaderList): Record<string, string | string[]> {
  const shown = new Map<string, string[]>();
  for (const [name, value] of headers) shown.set(name, [...(shown.get(name) ?? []), value]);
  return Object.fromEntries([...shown].map(([name, values]) => [name, values.length === 1 ? values.join() : values]));
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
