import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { RESPONSE_BODY_LOG_BYTES } from '../../core/deliveries/attempt.ts';
import { unreadableResponse } from '../../core/destinations/unreadable-response.ts';
import { additionProblem, withAddition } from '../../core/destinations/url-addition.ts';
import type { EventFrame } from './frame.ts';

/** What the program on this machine answered, or why it did not. */
export type Answer = { readonly durationMs: number } & (
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      readonly headers: IncomingHttpHeaders;
      /** The first 16 KiB, as for any attempt. */
      readonly body: Buffer;
      readonly bodyTruncated: boolean;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
);

export interface Webhook {
  readonly frame: EventFrame;
  readonly headers: NonNullable<EventFrame['headers']>;
  readonly body: Buffer;
}

/** Set anew for each request: the sender's described its connection to Hawser. */
const CONNECTION_HEADERS = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'host',
  'keep-alive',
  'expect',
]);

/** Sends a webhook to a program on this machine unchanged: method, path, query, headers, and every byte of the body. */
export async function forward(to: URL, webhook: Webhook, timeoutMs: number, signal: AbortSignal): Promise<Answer> {
  const startedMs = performance.now();
  const duration = () => ({ durationMs: Math.round(performance.now() - startedMs) });
  const { frame } = webhook;
  // The sender chooses the path, so it must not lead anywhere outside `to`.
  const problem = additionProblem(frame);
  if (problem !== undefined) return { kind: 'failed', code: 'PATH_REFUSED', message: problem, ...duration() };
  try {
    const response = await send(
      withAddition(to, frame),
      webhook,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    );
    const { body, bodyTruncated } = await firstBytes(response);
    const { statusCode = 0, headers } = response;
    return { kind: 'answered', statusCode, headers, body, bodyTruncated, ...duration() };
  } catch (error) {
    return { kind: 'failed', ...describe(error, timeoutMs), ...duration() };
  }
}

function send(url: URL, { frame, headers, body }: Webhook, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const kept = Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name.toLowerCase()));
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: frame.method,
        headers: {
          ...Object.fromEntries(kept),
          'X-Hawser-Event-Id': frame.event_id,
          'X-Hawser-Delivery-Id': frame.delivery_id,
          'X-Hawser-Attempt-Count': String(frame.attempt),
          ...((body.length > 0 || !['GET', 'HEAD'].includes(frame.method)) && { 'Content-Length': body.length }),
        },
        // Limits the whole exchange: a body that trickles in would keep the connection open for ever.
        signal,
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function firstBytes(response: IncomingMessage): Promise<{ body: Buffer; bodyTruncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length < RESPONSE_BODY_LOG_BYTES) chunks.push(chunk);
    length += chunk.length;
  }
  const body = Buffer.concat(chunks).subarray(0, RESPONSE_BODY_LOG_BYTES);
  return { body, bodyTruncated: length > body.length };
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'CONNECTION_REFUSED',
  ECONNRESET: 'CONNECTION_RESET',
  ENOTFOUND: 'DNS_ERROR',
  EAI_AGAIN: 'DNS_ERROR',
};

/** With the API's error codes: https://nodejs.org/api/errors.html#common-system-errors */
function describe(error: unknown, timeoutMs: number): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'CONNECTION_FAILED', message: String(error) };
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return { code: 'TIMEOUT', message: `no answer within ${timeoutMs / 1000} s` };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // A name with two addresses fails with an AggregateError, whose message is empty.
  return (
    unreadableResponse(code, error.message) ?? {
      code: CODES[code] ?? 'CONNECTION_FAILED',
      message: error.message || code,
    }
  );
}
