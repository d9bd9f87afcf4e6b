import type { lookup as systemLookup } from 'node:dns';
import * as z from 'zod';
import {
  type AttemptError,
  type AttemptErrorCode,
  type AttemptResponse,
  MAX_ERROR_MESSAGE_LENGTH,
} from '../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import type { AuthOf } from '../../core/destination-types/auth.ts';
import { fillPlaceholders } from '../../core/destination-types/placeholders.ts';
import type { DestinationTargets } from '../../core/destination-types/registry.ts';
import { GOOGLE_TOKEN_URI } from '../../core/destination-types/service-account.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import { formatInteger } from '../../core/format-integer.ts';
import { shownUrl } from '../../core/secrets/shown-url.ts';
import { checkedLookup } from './checked-lookup.ts';
import { startDeadline } from './deadline.ts';
import type { AttemptInput, DestinationType, JudgedOutcome, OpenedDestination } from './destination-type.ts';
import { GoogleTokens } from './google-tokens.ts';
import { HttpClient } from './http-exchange.ts';
import { codeOfStatus, failedAttempt, UnsendableError } from './http-failure.ts';
import { parseJsonBody, retryAfterOf, toPrintable, withoutSecrets } from './http-response.ts';
import { messageFields } from './message-fields.ts';

type PubsubDestination = OpenedDestination<DestinationTargets['pubsub']>;

/** https://developers.google.com/identity/protocols/oauth2/scopes#pubsub */
const SCOPE = 'https://www.googleapis.com/auth/pubsub';

/**
 * For a publish request: https://docs.cloud.google.com/pubsub/quotas#resource_limits. It counts the base64 that is sent, so
 * everything that Hawser accepts, up to 4.5 MB, fits.
 */
const MAX_REQUEST_BYTES = 10_000_000;
const OK = 200;
const UNAUTHORIZED = 401;

/** https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish */
const publishResponse = z.object({ messageIds: z.tuple([z.string().min(1)]) });
/** https://docs.cloud.google.com/apis/design/errors#http_mapping */
const errorResponse = z.object({ error: z.object({ status: z.string(), message: z.string().default('') }) });

/**
 * For other values of google.rpc.Code, the HTTP status decides. https://docs.cloud.google.com/pubsub/docs/reference/error-codes
 */
const CODES: Readonly<Record<string, AttemptErrorCode>> = {
  UNAUTHENTICATED: 'ACCESS_DENIED',
  PERMISSION_DENIED: 'ACCESS_DENIED',
  NOT_FOUND: 'TARGET_NOT_FOUND',
  RESOURCE_EXHAUSTED: 'THROTTLED',
  DEADLINE_EXCEEDED: 'TIMEOUT',
};

/** The base URLs of Google's APIs. Tests use their own. */
interface GoogleEndpoints {
  readonly token: string;
  readonly pubsub: (region: string | null) => string;
}

const GOOGLE: GoogleEndpoints = {
  token: GOOGLE_TOKEN_URI,
  // https://docs.cloud.google.com/pubsub/docs/reference/service_apis_overview#pubsub_endpoints
  pubsub: (region) => `https://${region === null ? '' : `${region}-`}pubsub.googleapis.com`,
};

interface PubsubOptions extends Partial<GoogleEndpoints> {
  readonly lookup?: typeof systemLookup;
}

/** What all Pub/Sub destinations of a function instance share. */
interface Shared {
  readonly client: HttpClient;
  readonly tokens: GoogleTokens;
  readonly endpoints: GoogleEndpoints;
}

/** Publishes each webhook as a message: the body as received, everything else in attributes. */
export function pubsubDestination(
  network: DestinationNetwork,
  now: () => number,
  { lookup, ...given }: PubsubOptions = {},
): DestinationType<DestinationTargets['pubsub']> {
  const endpoints = { ...GOOGLE, ...given };
  const client = new HttpClient(checkedLookup(network, lookup));
  const shared = { client, tokens: new GoogleTokens(client, now, SCOPE, endpoints.token), endpoints };
  return {
    bind: (destination) => ({
      async attempt(input) {
        const message = messageOf(input, destination.target.config);
        const target = shownUrl(publishUrl(endpoints, destination.target.config));
        const sent = { request: { method: 'POST', target }, requestHeaders: Object.entries(message.attributes) };
        try {
          const response = await publish(shared, destination, message);
          return { ...sent, ...outcomeOf(response, now()) };
        } catch (error) {
          return failedAttempt(sent, error);
        }
      },
    }),
  };
}

/** A message in a publish request. A webhook without a body has no `data`, as Pub/Sub is content with attributes alone. */
interface Message {
  readonly data?: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly orderingKey?: string;
}

function messageOf(input: AttemptInput, { attributes, ordering_key }: DestinationTargets['pubsub']['config']): Message {
  const { job, body } = input;
  return {
    ...(body.byteLength > 0 && { data: Buffer.from(body).toString('base64') }),
    attributes: { ...attributes, ...Object.fromEntries(messageFields(input)) },
    ...(ordering_key !== null && { orderingKey: fillPlaceholders(ordering_key, job) }),
  };
}

/** @throws UnsendableError, TokenError, or what `HttpClient.exchange` throws */
async function publish(shared: Shared, destination: PubsubDestination, message: Message): Promise<AttemptResponse> {
  const account = requireServiceAccount(destination);
  const msLeft = startDeadline(destination.timeoutSeconds);
  const send = prepareRequest(shared, destination, message, msLeft);
  const token = await shared.tokens.token(account, msLeft());
  const response = await send(token.value);
  if (response.statusCode !== UNAUTHORIZED || !token.wasThere) return response;
  // The token became invalid early, so try once more with a new one in the remaining time.
  token.forget();
  return send((await shared.tokens.token(account, msLeft())).value);
}

function requireServiceAccount({ id, auth }: PubsubDestination): AuthOf<'gcp_service_account'> {
  if (auth?.type !== 'gcp_service_account')
    throw new Error(`${id} is a Pub/Sub destination, but has no service account`);
  return auth;
}

function publishUrl(endpoints: GoogleEndpoints, { region, topic }: DestinationTargets['pubsub']['config']): URL {
  // A topic's name may contain `%` and `+`.
  const path = topic.split('/').map(encodeURIComponent).join('/');
  return new URL(`${endpoints.pubsub(region)}/v1/${path}:publish`);
}

function prepareRequest(
  { client, endpoints }: Shared,
  { target, timeoutSeconds }: PubsubDestination,
  message: Message,
  msLeft: () => number,
): (token: string) => Promise<AttemptResponse> {
  const url = publishUrl(endpoints, target.config);
  const body = Buffer.from(JSON.stringify({ messages: [message] }));
  if (body.byteLength > MAX_REQUEST_BYTES) {
    const why = `the request has ${formatInteger(body.byteLength)} bytes, the body in base64, and Pub/Sub takes ${formatInteger(MAX_REQUEST_BYTES)}`;
    throw new UnsendableError('BODY_TOO_LARGE', why);
  }
  const headers: HeaderList = [
    ['Host', url.host],
    ['Content-Type', 'application/json'],
    ['Content-Length', String(body.byteLength)],
  ];
  const timeoutMs = timeoutSeconds * 1000;
  return (token) =>
    client.exchange({
      method: 'POST',
      url,
      headers: [...headers, ['Authorization', `Bearer ${token}`]],
      body,
      timeoutMs,
      msLeft: msLeft(),
      wholeResponse: true,
    });
}

function outcomeOf(response: AttemptResponse, nowMs: number): JudgedOutcome {
  const { statusCode, body } = response;
  const shown = withoutSecrets(response);
  const error = readError(statusCode, parseJsonBody(body));
  if (!error) return { response: shown, verdict: { kind: 'delivered' } };
  // The topic's owner can fix any of these, even a wrong name or a missing role, and nothing is lost in the meantime.
  const verdict = {
    kind: 'failed',
    failure: 'temporary',
    // A 200 that does not confirm the message counts as a failure without a status.
    ...(statusCode !== OK && { statusCode }),
    retryAfterSeconds: retryAfterOf(response, nowMs),
  } as const;
  return { response: shown, error, verdict };
}

/** `undefined` if the message is published. */
function readError(statusCode: number, body: unknown): AttemptError | undefined {
  if (statusCode === OK) {
    const isPublished = publishResponse.safeParse(body).success;
    return isPublished ? undefined : { code: 'SERVICE_ERROR', message: 'it answered 200 without the id of a message' };
  }
  const { error } = errorResponse.safeParse(body).data ?? {};
  if (!error) return { code: codeOfStatus(statusCode), message: `it answered ${statusCode}` };
  const message = toPrintable(`${error.status}: ${error.message}`, MAX_ERROR_MESSAGE_LENGTH);
  return { code: CODES[error.status] ?? codeOfStatus(statusCode), message };
}
