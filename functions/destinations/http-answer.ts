import type { AttemptResponse } from '../../core/attempt.ts';
import type { AttemptVerdict } from '../../core/delivery.ts';
import { maskSecretHeaders } from '../../core/delivery-headers.ts';
import { retryAfterSeconds } from '../../core/retry-after.ts';

/** What is read of the answers of others' servers. */

/** A receiver's cookies are its own; whoever reads the log has no use for them. */
export function withoutSecrets(response: AttemptResponse): AttemptResponse {
  return { ...response, headers: maskSecretHeaders(response.headers) };
}

/** What the answer of a receiver of webhooks decides: 2xx delivers, and everything else fails. */
export function verdictOf(response: AttemptResponse, nowMs: number): AttemptVerdict {
  const { statusCode } = response;
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
  return { kind: 'failed', failure: 'temporary', statusCode, retryAfterSeconds: retryAfterOf(response, nowMs) };
}

/** The delay in seconds that the answer asks for; 0 where it asks for none. */
export function retryAfterOf({ headers }: AttemptResponse, nowMs: number): number {
  return retryAfterSeconds(headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1], nowMs);
}

export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    // No JSON is no answer that the caller knows: it says so.
    return undefined;
  }
}

/** What a stranger's server says, short enough for a log, and without control characters. */
export function printable(text: string, maxLength = 200): string {
  return text.replace(/\p{C}/gu, ' ').trim().slice(0, maxLength);
}
