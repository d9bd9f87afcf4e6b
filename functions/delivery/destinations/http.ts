import type { lookup as systemLookup } from 'node:dns';
import type { AttemptResponse } from '../../../core/attempt.ts';
import type { AttemptVerdict } from '../../../core/delivery.ts';
import { type HeaderList, maskSecretHeaders, senderHeaders, withHeaders } from '../../../core/delivery-headers.ts';
import type { DestinationTargets } from '../../../core/destination-types/registry.ts';
import type { DestinationNetwork } from '../../../core/network-address.ts';
import { retryAfterSeconds } from '../../../core/retry-after.ts';
import { signStandardWebhook } from '../../../core/signature.ts';
import { checkedLookup } from './checked-lookup.ts';
import { checkedUrl } from './checked-url.ts';
import type { AttemptResult, Delivery, DestinationType, OpenedDestination } from './destination-type.ts';
import { HttpClient } from './http-exchange.ts';
import { failureOf } from './http-failure.ts';

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11; Standard Webhooks: the endpoint is to be disabled. */
const GONE = 410;

type HttpDestination = OpenedDestination<DestinationTargets['http']>;

/** Delivers by HTTP: the sender's headers and body, byte for byte, signed, to a checked address. */
export function httpDestination(
  network: DestinationNetwork,
  now: () => number,
  lookup?: typeof systemLookup,
): DestinationType<DestinationTargets['http']> {
  const client = new HttpClient(checkedLookup(network, lookup));
  return {
    bind(destination) {
      const { target, timeoutSeconds } = destination;
      const ownHeaders = Object.entries(destination.headers);
      const ownNames = new Set(ownHeaders.map(([name]) => name.toLowerCase()));
      // A bound destination stays as it is: its text is judged once, and what its name resolves to at each connection.
      let url: URL | undefined;
      return {
        async attempt(delivery) {
          const headers = requestHeaders(delivery, destination, now());
          const logged = maskSecretHeaders(headers, ownNames);
          try {
            url ??= checkedUrl(target.url, network);
            const response = await client.exchange({
              method: target.method ?? delivery.head.method,
              url,
              headers: [['Host', url.host], ...headers],
              body: delivery.body,
              timeoutMs: timeoutSeconds * 1000,
            });
            return { requestHeaders: logged, response: withoutSecrets(response), verdict: verdictOf(response, now()) };
          } catch (error) {
            return failed(logged, error);
          }
        },
      };
    },
  };
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
  return withHeaders(withHeaders(senderHeaders(head.headers), Object.entries(destination.headers)), own).map(
    ([name, value]) => [name, sendable(value)],
  );
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
