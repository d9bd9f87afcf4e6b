import type { lookup as systemLookup } from 'node:dns';
import type { AttemptErrorCode, AttemptResponse } from '../../core/deliveries/attempt.ts';
import { type HeaderList, maskSecretHeaders, withHeaders } from '../../core/deliveries/delivery-headers.ts';
import type { DestinationAuth } from '../../core/destination-types/auth.ts';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { checkedLookup } from './checked-lookup.ts';
import { checkedUrl } from './checked-url.ts';
import type { AttemptInput, AttemptResult, LoggedRequest, OpenedDestination } from './destination-type.ts';
import { type FixedAuth, fixedAuthorization, targetOf, withQuery } from './http-auth.ts';
import { HttpClient } from './http-exchange.ts';
import { failedAttempt } from './http-failure.ts';
import { jsonOf, printable, retryAfterOf, withoutSecrets } from './http-response.ts';
import { contentEncodingOf, contentTypeOf } from './webhook-body.ts';

const MAX_MESSAGE_LENGTH = 1_000;

/** One message in the form that a broker's HTTP API takes. */
export interface Publication {
  /** As configured in the destination. */
  readonly apiUrl: string;
  /** The path below that URL, by segments. */
  readonly path: readonly string[];
  readonly mediaType: string;
  readonly accept: string;
  readonly body: object;
  /** Where the broker puts the message, for the log: Kafka's key, RabbitMQ's routing key. It is not a secret. */
  readonly place: HeaderList;
  /** What the message carries beside its payload, for the log. */
  readonly attributes: HeaderList;
}

type Publisher = Pick<OpenedDestination, 'id' | 'auth' | 'timeoutSeconds'>;

/** Why the broker answered without publishing the message. */
export interface Refusal {
  readonly code: AttemptErrorCode;
  readonly message: string;
}

/** Judges an answer; `undefined` if the message is published. @param answer the answer's JSON, `undefined` if it has none */
export type Judge = (statusCode: number, answer: unknown) => Refusal | undefined;

/** Publishes to message brokers through their HTTP APIs: JSON to a checked address, one message per request. */
export class BrokerApi {
  readonly #client: HttpClient;
  readonly #network: DestinationNetwork;
  readonly #now: () => number;
  readonly #judge: Judge;

  constructor(judge: Judge, network: DestinationNetwork, now: () => number, lookup?: typeof systemLookup) {
    this.#client = new HttpClient(checkedLookup(network, lookup));
    this.#network = network;
    this.#now = now;
    this.#judge = judge;
  }

  /** Only the serialized request is held while the broker answers, which may take a minute, not the message as well. */
  publish(destination: Publisher, { body, ...publication }: Publication): Promise<AttemptResult> {
    return this.#publish(destination, publication, Buffer.from(JSON.stringify(body)));
  }

  async #publish(
    { id, auth, timeoutSeconds }: Publisher,
    { apiUrl, path, mediaType, accept, place, attributes }: Omit<Publication, 'body'>,
    body: Buffer,
  ): Promise<AttemptResult> {
    const authorization = fixedAuthorization(fixed(id, auth));
    const own = [
      ['Content-Type', mediaType],
      ['Accept', accept],
      ['Content-Length', String(body.byteLength)],
    ] as const;
    const headers = withHeaders(own, authorization.headers);
    const secret = new Set(authorization.headers.map(([name]) => name.toLowerCase()));
    const method = 'POST';
    const requestHeaders = [...maskSecretHeaders(headers, secret), ...place, ...maskSecretHeaders(attributes)];
    const urlOf = (api: URL) => withQuery(below(api, path), authorization.query);
    // A URL that must not be called is shown all the same.
    const parsed = URL.parse(apiUrl);
    const request = { method, ...(parsed && { target: targetOf(urlOf(parsed), authorization) }) };
    const sent: LoggedRequest = { request, requestHeaders };
    try {
      const url = urlOf(checkedUrl(apiUrl, this.#network));
      const response = await this.#client.exchange({
        method,
        url,
        headers: [['Host', url.host], ...headers],
        body,
        timeoutMs: timeoutSeconds * 1000,
        wholeResponse: true,
      });
      return { ...sent, response: withoutSecrets(response), ...this.#resultOf(response) };
    } catch (error) {
      return failedAttempt(sent, error);
    }
  }

  #resultOf(response: AttemptResponse): Pick<AttemptResult, 'error' | 'verdict'> {
    const { statusCode, body } = response;
    const refusal = this.#judge(statusCode, jsonOf(body));
    if (!refusal) return { verdict: { kind: 'delivered' } };
    const { code, message } = refusal;
    return {
      error: { code, message: printable(message, MAX_MESSAGE_LENGTH) },
      verdict: {
        kind: 'failed',
        // Only the broker's owner can raise its limit, and until then the same message is refused each time. So the delivery
        // becomes a dead letter at once, and can be replayed when the message fits.
        failure: code === 'BODY_TOO_LARGE' ? 'permanent' : 'temporary',
        // A 200 whose body reports a failure counts as a failure without a status.
        ...(isSuccess(statusCode) ? {} : { statusCode }),
        retryAfterSeconds: retryAfterOf(response, this.#now()),
      },
    };
  }
}

export function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** The event's fields in a message, under the names that all types use. */
export function messageHeaders({ job, head }: AttemptInput, own: Readonly<Record<string, string>>): HeaderList {
  const [contentType, contentEncoding] = [contentTypeOf(head), contentEncodingOf(head)];
  return [
    ['event_id', job.eventId],
    ['delivery_id', job.deliveryId],
    ['source_id', job.sourceId],
    ['attempt', String(job.attempt)],
    ...(contentType === undefined ? [] : [['content_type', contentType] as const]),
    ...(contentEncoding === undefined ? [] : [['content_encoding', contentEncoding] as const]),
    ...Object.entries(own).map(([name, value]) => [name, fillPlaceholders(value, job)] as const),
  ];
}

function below(apiUrl: URL, path: readonly string[]): URL {
  const url = new URL(apiUrl);
  url.pathname = [url.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
  return url;
}

function fixed(id: OpenedDestination['id'], auth: DestinationAuth | undefined): FixedAuth | undefined {
  if (auth === undefined || auth.type === 'bearer' || auth.type === 'basic' || auth.type === 'api_key') return auth;
  throw new Error(`${id} publishes to a broker, and has the credentials ${auth.type}`);
}
