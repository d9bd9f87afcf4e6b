import type { lookup as systemLookup } from 'node:dns';
import type { AttemptResponse } from '../../core/deliveries/attempt.ts';
import type { AttemptVerdict } from '../../core/deliveries/delivery.ts';
import {
  type HeaderList,
  maskSecretHeaders,
  senderHeaders,
  withHeaders,
} from '../../core/deliveries/delivery-headers.ts';
import { clientCertificateProblem } from '../../core/destination-types/client-certificate.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { signingSecretsAt } from '../../core/destinations/destination.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { withAddition } from '../../core/destinations/url-addition.ts';
import { loopHeader } from '../../core/ingest/loop-guard.ts';
import { signatureHeaders } from '../../core/signing/signature.ts';
import { checkedLookup } from './checked-lookup.ts';
import { parseCheckedUrl } from './checked-url.ts';
import { startDeadline } from './deadline.ts';
import type {
  AttemptInput,
  AttemptResult,
  BoundDestination,
  DestinationType,
  LoggedRequest,
  OpenedDestination,
} from './destination-type.ts';
import { type Authorization, type Authorize, authorizer, targetOf, withQuery } from './http-auth.ts';
import { HttpClient, type HttpExchange } from './http-exchange.ts';
import { failedAttempt } from './http-failure.ts';
import { verdictOf, withoutSecrets } from './http-response.ts';
import { Oauth2Tokens } from './oauth2-tokens.ts';

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.5.11; by Standard Webhooks, the endpoint is to be disabled. */
const GONE = 410;
const UNAUTHORIZED = 401;

type HttpDestination = OpenedDestination<DestinationTargets['http']>;

/** What all HTTP destinations of a function instance share. */
interface Shared {
  readonly client: HttpClient;
  readonly tokens: Oauth2Tokens;
  readonly network: DestinationNetwork;
  readonly now: () => number;
}

/** Delivers by HTTP: the sender's headers and body, byte for byte, signed, to a checked address. */
export function httpDestination(
  network: DestinationNetwork,
  now: () => number,
  lookup?: typeof systemLookup,
): DestinationType<DestinationTargets['http']> {
  const client = new HttpClient(checkedLookup(network, lookup));
  const shared = { client, tokens: new Oauth2Tokens(client, network, now), network, now };
  return { bind: (destination) => new BoundHttpDestination(shared, destination) };
}

class BoundHttpDestination implements BoundDestination {
  readonly #shared: Shared;
  readonly #destination: HttpDestination;
  readonly #authorize: Authorize;
  /** The text is checked once; the addresses that its host resolves to are checked at each connection. */
  #url: URL | undefined;
  /** Checked once, because that takes some milliseconds. */
  #isCertificateChecked = false;

  constructor(shared: Shared, destination: HttpDestination) {
    const { id, auth } = destination;
    this.#shared = shared;
    this.#destination = destination;
    this.#authorize = authorizer(id, auth, shared.tokens);
  }

  async attempt(input: AttemptInput): Promise<AttemptResult> {
    const { now } = this.#shared;
    const msLeft = startDeadline(this.#destination.timeoutSeconds);
    const headers = requestHeaders(input, this.#destination, now());
    let authorization: Authorization = { headers: [] };
    try {
      // Checked first, so that no token is requested for a target that nothing may be sent to.
      this.#checkedUrl();
      this.#checkedCertificate();
      authorization = await this.#authorize(msLeft());
      let response = await this.#send(input, headers, authorization, msLeft());
      if (response.statusCode === UNAUTHORIZED && authorization.forget) {
        // The token became invalid early, so try once more with a new one in the remaining time.
        authorization.forget();
        authorization = await this.#authorize(msLeft());
        response = await this.#send(input, headers, authorization, msLeft());
      }
      return {
        ...this.#logged(input, headers, authorization),
        response: withoutSecrets(response),
        verdict: withGoneVerdict(verdictOf(response, now()), response),
      };
    } catch (error) {
      return failedAttempt(this.#logged(input, headers, authorization), error);
    }
  }

  #checkedUrl(): URL {
    this.#url ??= parseCheckedUrl(this.#destination.target.url, this.#shared.network);
    return this.#url;
  }

  /** Checked by today's rules: certificates stored before them may have keys that make a handshake take seconds. */
  #checkedCertificate(): HttpExchange['clientCertificate'] {
    const pair = this.#destination.config?.client_certificate;
    if (!pair) return undefined;
    const problem = this.#isCertificateChecked ? undefined : clientCertificateProblem(pair);
    if (problem) throw new UnusableCertificateError(problem);
    this.#isCertificateChecked = true;
    return { cert: pair.certificate, key: pair.private_key };
  }

  #send(
    input: AttemptInput,
    headers: HeaderList,
    authorization: Authorization,
    msLeft: number,
  ): Promise<AttemptResponse> {
    const { timeoutSeconds } = this.#destination;
    const url = requestUrl(this.#checkedUrl(), input, authorization);
    return this.#shared.client.exchange({
      method: this.#methodOf(input),
      url,
      headers: [['Host', url.host], ...withHeaders(headers, authorization.headers)],
      body: input.body,
      timeoutMs: timeoutSeconds * 1000,
      msLeft,
      clientCertificate: this.#checkedCertificate(),
    });
  }

  #methodOf({ head }: AttemptInput): string {
    return this.#destination.target.method ?? head.method;
  }

  #logged(input: AttemptInput, headers: HeaderList, authorization: Authorization): LoggedRequest {
    // The log shows the URL even if it must not be called.
    const own = this.#url ?? URL.parse(this.#destination.target.url);
    const target = own ? { target: targetOf(requestUrl(own, input, authorization), authorization) } : {};
    return {
      request: { method: this.#methodOf(input), ...target },
      requestHeaders: this.#loggedHeaders(headers, authorization),
    };
  }

  #loggedHeaders(headers: HeaderList, authorization: Authorization): HeaderList {
    const own = [...Object.keys(this.#destination.headers), ...authorization.headers.map(([name]) => name)];
    const masked = new Set(own.map((name) => name.toLowerCase()));
    return maskSecretHeaders(withHeaders(headers, authorization.headers), masked);
  }
}

class UnusableCertificateError extends Error {
  readonly code = 'ERR_INVALID_CLIENT_CERTIFICATE';

  constructor({ field, message }: { readonly field: string; readonly message: string }) {
    super(`config.client_certificate.${field} ${message}`);
    this.name = 'UnusableCertificateError';
  }
}

/** The destination's own URL, with the part that a transform adds and with any credentials that belong in the query. */
function requestUrl(own: URL, { addition }: AttemptInput, { query }: Authorization): URL {
  return withQuery(addition ? withAddition(own, addition) : own, query);
}

function requestHeaders(input: AttemptInput, destination: HttpDestination, nowMs: number): HeaderList {
  const { job, head, body, eventUrl } = input;
  // Determined now, not when the destination was bound, because a secret may expire in between.
  const secrets = signingSecretsAt(destination, nowMs);
  const own: HeaderList = [
    ...signatureHeaders(destination.signing, job.eventId, Math.floor(nowMs / 1000), body, secrets),
    ['X-Hawser-Event-Id', job.eventId],
    ['X-Hawser-Delivery-Id', job.deliveryId],
    ['X-Hawser-Attempt-Count', String(job.attempt)],
    ['X-Hawser-Event-URL', eventUrl],
    loopHeader(head.headers),
    ['Content-Length', String(body.byteLength)],
  ];
  return withHeaders(withHeaders(senderHeaders(head.headers), Object.entries(destination.headers)), own).map(
    ([name, value]) => [name, toLatin1(value)],
  );
}

/** Node writes header values as Latin-1. Other characters are sent as their UTF-8 bytes, as HTTP clients do. */
function toLatin1(value: string): string {
  return /[^\0-\xff]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

function withGoneVerdict(verdict: AttemptVerdict, { statusCode }: AttemptResponse): AttemptVerdict {
  return verdict.kind === 'failed' && statusCode === GONE ? { ...verdict, failure: 'gone' } : verdict;
}
