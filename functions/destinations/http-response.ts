import type { AttemptResponse } from '../../core/deliveries/attempt.ts';
import type { AttemptVerdict } from '../../core/deliveries/delivery.ts';
import { maskSecretHeaders } from '../../core/deliveries/delivery-headers.ts';
import { retryAfterSeconds } from '../../core/retries/retry-after.ts';

/** Reading the answers of other people's servers. */

/** A receiver's cookies are its own secret, and readers of the log have no use for them. */
export function withoutSecrets(response: AttemptResponse): AttemptResponse {
  return { ...response, headers: maskSecretHeaders(response.headers) };
}

/** What the answer of a webhook receiver decides: 2xx means delivered, everything else means failed. */
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
    // Not JSON: the caller does not know such an answer, and says so.
    return undefined;
  }
}

/** Text from somebody else's server, shortened for a log and without control characters. */
export function printable(text: string, maxLength = 200): string {
  return text.replace(/\p{C}/gu, ' ').trim().slice(0, maxLength);
}
