import type { lookup as systemLookup } from 'node:dns';
import {
  type AttemptErrorCode,
  type AttemptResponse,
  MAX_ERROR_MESSAGE_LENGTH,
} from '../../core/deliveries/attempt.ts';
import { type HeaderList, maskSecretHeaders, withHeaders } from '../../core/deliveries/delivery-headers.ts';
import type { DestinationAuth } from '../../core/destination-types/auth.ts';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { checkedLookup } from './checked-lookup.ts';
import { parseCheckedUrl } from './checked-url.ts';
import type { AttemptInput, AttemptResult, LoggedRequest, OpenedDestination } from './destination-type.ts';
import { type FixedAuth, fixedAuthorization, targetOf, withQuery } from './http-auth.ts';
import { HttpClient } from './http-exchange.ts';
import { failedAttempt } from './http-failure.ts';
import { isSuccess, parseJsonBody, retryAfterOf, toPrintable, withoutSecrets } from './http-response.ts';
import { messageFields } from './message-fields.ts';

/** One message in the form that a broker's HTTP API takes. */
export interface Publication {
  /** As configured in the destination. */
  readonly apiUrl: string;
  /** The path below that URL, by segments. */
  readonly path: readonly string[];
  readonly mediaType: string;
  readonly accept: string;
  readonly body: object;
  /** What the broker routes the message by, for the log: Kafka's key, RabbitMQ's routing key. It is not a secret. */
  readonly routing: HeaderList;
  /** What the message carries beside its payload, for the log. */
  readonly attributes: HeaderList;
}

type Publisher = Pick<OpenedDestination, 'id' | 'auth' | 'timeoutSeconds'>;

/** Why the broker answered without publishing the message. */
export interface BrokerError {
  readonly code: AttemptErrorCode;
  readonly message: string;
}

/** Reads the error from a response; `undefined` if the message was published. @param body its JSON, `undefined` if it has none */
export type ReadBrokerError = (statusCode: number, body: unknown) => BrokerError | undefined;

/** Publishes to message brokers through their HTTP APIs: JSON to a checked address, one message per request. */
export class BrokerApi {
  readonly #client: HttpClient;
  readonly #network: DestinationNetwork;
  readonly #now: () => number;
  readonly #readError: ReadBrokerError;

  constructor(
    readError: ReadBrokerError,
    network: DestinationNetwork,
    now: () => number,
    lookup?: typeof systemLookup,
  ) {
    this.#client = new HttpClient(checkedLookup(network, lookup));
    this.#network = network;
    this.#now = now;
    this.#readError = readError;
  }

  /** Waiting for the broker may take a minute, so only the serialized request is kept in memory meanwhile, not the message too. */
  publish(destination: Publisher, { body, ...publication }: Publication): Promise<AttemptResult> {
    return this.#publish(destination, publication, Buffer.from(JSON.stringify(body)));
  }

  async #publish(
    { id, auth, timeoutSeconds }: Publisher,
    { apiUrl, path, mediaType, accept, routing, attributes }: Omit<Publication, 'body'>,
    body: Buffer,
  ): Promise<AttemptResult> {
    const authorization = fixedAuthorization(requireFixedAuth(id, auth));
    const ownHeaders = [
      ['Content-Type', mediaType],
      ['Accept', accept],
      ['Content-Length', String(body.byteLength)],
    ] as const;
    const headers = withHeaders(ownHeaders, authorization.headers);
    const secretNames = new Set(authorization.headers.map(([name]) => name.toLowerCase()));
    const method = 'POST';
    const requestHeaders = [...maskSecretHeaders(headers, secretNames), ...routing, ...maskSecretHeaders(attributes)];
    const urlOf = (api: URL) => withQuery(appendPath(api, path), authorization.query);
    // The log shows the URL even if it must not be called.
    const parsed = URL.parse(apiUrl);
    const request = { method, ...(parsed && { target: targetOf(urlOf(parsed), authorization) }) };
    const sent: LoggedRequest = { request, requestHeaders };
    try {
      const url = urlOf(parseCheckedUrl(apiUrl, this.#network));
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
    const error = this.#readError(statusCode, parseJsonBody(body));
    if (!error) return { verdict: { kind: 'delivered' } };
    const { code, message } = error;
    return {
      error: { code, message: toPrintable(message, MAX_ERROR_MESSAGE_LENGTH) },
      verdict: {
        kind: 'failed',
        // Only the broker's owner can raise its limit; until then, the same message is refused every time. So the delivery
        // becomes a dead letter at once, and can be replayed once the message fits.
        failure: code === 'BODY_TOO_LARGE' ? 'permanent' : 'temporary',
        // A 200 whose body reports a failure counts as a failure without a status.
        ...(isSuccess(statusCode) ? {} : { statusCode }),
        retryAfterSeconds: retryAfterOf(response, this.#now()),
      },
    };
  }
}

/** The headers of a message: the fields of the event, under the names that all types use, then the destination's own. */
export function messageHeaders(input: AttemptInput, own: Readonly<Record<string, string>>): HeaderList {
  return [
    ...messageFields(input),
    ...Object.entries(own).map(([name, value]) => [name, fillPlaceholders(value, input.job)] as const),
  ];
}

function appendPath(apiUrl: URL, path: readonly string[]): URL {
  const url = new URL(apiUrl);
  url.pathname = [url.pathname.replace(/\/+$/, ''), ...path.map(encodeURIComponent)].join('/');
  return url;
}

function requireFixedAuth(id: OpenedDestination['id'], auth: DestinationAuth | undefined): FixedAuth | undefined {
  if (auth === undefined || auth.type === 'bearer' || auth.type === 'basic' || auth.type === 'api_key') return auth;
  throw new Error(`${id} publishes to a broker, which does not support credentials of type ${auth.type}`);
}
