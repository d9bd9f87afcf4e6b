import type { AttemptResponse } from '../../../core/attempt.ts';
import type { AttemptVerdict } from '../../../core/delivery.ts';
import { type HeaderList, maskSecretHeaders, senderHeaders, withHeaders } from '../../../core/delivery-headers.ts';
import { addressProblem, type DestinationNetwork, literalAddress } from '../../../core/network-address.ts';
import { retryAfterSeconds } from '../../../core/retry-after.ts';
import { signStandardWebhook } from '../../../core/signature.ts';
import { BlockedAddressError, checkedLookup } from './checked-lookup.ts';
import type { AttemptResult, Delivery, DestinationType } from './destination-type.ts';
import { HttpClient } from './http-exchange.ts';
import { failureOf } from './http-failure.ts';

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11; Standard Webhooks: the endpoint is to be disabled. */
const GONE = 410;

/** What an HTTP destination needs to be reached. */
export interface HttpDestination {
  readonly url: string;
  /** The sender's own method when absent. */
  readonly method?: string;
  /** Headers of the destination's own; they win over the sender's. Their values never appear in the log. */
  readonly headers: HeaderList;
  readonly timeoutSeconds: number;
  /** Every secret that is valid now signs; with none the request is not signed. */
  readonly signingSecrets: readonly string[];
}

/** Delivers by HTTP: the sender's headers and body, byte for byte, signed, to a checked address. */
export function httpDestination(network: DestinationNetwork, now: () => number): DestinationType<HttpDestination> {
  const client = new HttpClient(checkedLookup(network));
  return {
    type: 'http',
    async attempt(delivery, destination) {
      const headers = requestHeaders(delivery, destination, now());
      const ownNames = new Set(destination.headers.map(([name]) => name.toLowerCase()));
      const logged = maskSecretHeaders(headers, ownNames);
      try {
        const url = checkedUrl(destination.url, network);
        const response = await client.exchange({
          method: destination.method ?? delivery.head.method,
          url,
          headers: [['Host', url.host], ...headers],
          body: delivery.body,
          timeoutMs: destination.timeoutSeconds * 1000,
        });
        const verdict = verdictOf(response, now());
        return { requestHeaders: logged, response: withoutSecrets(response), verdict };
      } catch (error) {
        return failed(logged, error);
      }
    },
  };
}

/** The URL, when it does not spell out an address that deliveries may not go to. Host names are checked when they are resolved. */
function checkedUrl(text: string, network: DestinationNetwork): URL {
  const url = new URL(text);
  const literal = literalAddress(url);
  const problem = literal && addressProblem(literal, network);
  if (problem) throw new BlockedAddressError(url.hostname, problem);
  return url;
}

function requestHeaders(delivery: Delivery, destination: HttpDestination, nowMs: number): HeaderList {
  const { job, head, body, eventUrl } = delivery;
  const own: HeaderList = [
    ...signature(delivery, destination.signingSecrets, nowMs),
    ['X-Hawser-Event-Id', job.eventId],
    ['X-Hawser-Delivery-Id', job.deliveryId],
    ['X-Hawser-Attempt-Count', String(job.attempt)],
    ['X-Hawser-Event-URL', eventUrl],
    ['Content-Length', String(body.byteLength)],
  ];
  return withHeaders(withHeaders(senderHeaders(head.headers), destination.headers), own).map(([name, value]) => [
    name,
    sendable(value),
  ]);
}

function signature({ job, body }: Delivery, secrets: readonly string[], nowMs: number): HeaderList {
  if (secrets.length === 0) return [];
  return Object.entries(signStandardWebhook(job.eventId, Math.floor(nowMs / 1000), body, secrets));
}

/** Node writes header values as Latin-1. What lies beyond is sent as its UTF-8 bytes, as HTTP clients do. */
function sendable(value: string): string {
  return /[^\0-\xff]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

/** A receiver's cookies are its own; whoever reads the log has no use for them. */
function withoutSecrets(response: AttemptResponse): AttemptResponse {
  return { ...response, headers: maskSecretHeaders(response.headers) };
}

function verdictOf(response: AttemptResponse, nowMs: number): AttemptVerdict {
  if (response.statusCode >= 200 && response.statusCode < 300) return { kind: 'delivered' };
  const retryAfter = response.headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  const failed = { kind: 'failed', permanent: false, retryAfterSeconds: retryAfterSeconds(retryAfter, nowMs) } as const;
  return response.statusCode === GONE ? { ...failed, gone: true } : failed;
}

function failed(requestHeaders: HeaderList, error: unknown): AttemptResult {
  const { code, message, permanent } = failureOf(error);
  return {
    requestHeaders,
    error: { code, message },
    verdict: { kind: 'failed', permanent, retryAfterSeconds: 0 },
  };
}
