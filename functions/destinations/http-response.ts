import type { AttemptResponse } from '../../core/deliveries/attempt.ts';
import type { AttemptVerdict } from '../../core/deliveries/delivery.ts';
import { maskSecretHeaders } from '../../core/deliveries/delivery-headers.ts';
import { retryAfterSeconds } from '../../core/retries/retry-after.ts';

/** A receiver's cookies are its own secret, and readers of the log have no use for them. */
export function withoutSecrets(response: AttemptResponse): AttemptResponse {
  return { ...response, headers: maskSecretHeaders(response.headers) };
}

export function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** Judges the response of a webhook receiver: 2xx means delivered, everything else failed. */
export function verdictOf(response: AttemptResponse, nowMs: number): AttemptVerdict {
  const { statusCode } = response;
  if (isSuccess(statusCode)) return { kind: 'delivered' };
  return { kind: 'failed', failure: 'temporary', statusCode, retryAfterSeconds: retryAfterOf(response, nowMs) };
}

/** The delay in seconds that the response asks for; 0 if it asks for none. */
export function retryAfterOf({ headers }: AttemptResponse, nowMs: number): number {
  return retryAfterSeconds(headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1], nowMs);
}

/** Parses a body as JSON; `undefined` if it is not JSON, which the caller reports in its own way. */
export function parseJsonBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}

/** Shortens a remote server's text for the log, and replaces its control characters. */
export function toPrintable(text: string, maxLength = 200): string {
  return text.replace(/\p{C}/gu, ' ').trim().slice(0, maxLength);
}
