import type { lookup as systemLookup } from 'node:dns';
import type { AttemptResponse } from '../../../core/attempt.ts';
import type { AttemptVerdict } from '../../../core/delivery.ts';
import { type HeaderList, maskSecretHeaders, senderHeaders, withHeaders } from '../../../core/delivery-headers.ts';
import { hostProblem, parseDestinationUrl } from '../../../core/destination-url.ts';
import type { DestinationNetwork } from '../../../core/network-address.ts';
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
export function httpDestination(
  network: DestinationNetwork,
  now: () => number,
  lookup?: typeof systemLookup,
): DestinationType<HttpDestination> {
  const client = new HttpClient(checkedLookup(network, lookup));
  /** A bound destination stays as it is: its text is judged once, and what its name resolves to at each connection. */
  const urls = new WeakMap<HttpDestination, URL>();
  const urlOf = (destination: HttpDestination): URL => {
    const url = urls.get(destination) ?? checkedUrl(destination.url, network);
    urls.set(destination, url);
    return url;
  };
  return {
    type: 'http',
    async attempt(delivery, destination) {
      const headers = requestHeaders(delivery, destination, now());
      const ownNames = new Set(destination.headers.map(([name]) => name.toLowerCase()));
      const logged = maskSecretHeaders(headers, ownNames);
      try {
        const url = urlOf(destination);
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

/** By the rules under which it was created: they may have become stricter since. Host names are checked when they are resolved. */
function checkedUrl(text: string, network: DestinationNetwork): URL {
  const parsed = URL.parse(text);
  const blocked = parsed && hostProblem(parsed, network);
  if (blocked) throw new BlockedAddressError(parsed.hostname, blocked);
  const { url, problem } = parseDestinationUrl(text, network);
  if (!url) throw new UnusableUrlError(problem);
  return url;
}

class UnusableUrlError extends Error {
  readonly code = 'ERR_INVALID_URL';

  constructor(problem: string) {
    super(`the URL ${problem}`);
    this.name = 'UnusableUrlError';
  }
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
  return {
    kind: 'failed',
    permanent: false,
    statusCode: response.statusCode,
    retryAfterSeconds: retryAfterSeconds(retryAfter, nowMs),
    ...(response.statusCode === GONE && { gone: true }),
  };
}

function failed(requestHeaders: HeaderList, error: unknown): AttemptResult {
  const { code, message, permanent } = failureOf(error);
  return {
    requestHeaders,
    error: { code, message },
    verdict: { kind: 'failed', permanent, retryAfterSeconds: 0 },
  };
}
