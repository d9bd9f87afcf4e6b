import * as z from 'zod';
import type { AttemptResponse } from '../../core/deliveries/attempt.ts';
import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import type { Expiring } from '../shared/expiring-cache.ts';
import type { HttpClient } from './http-exchange.ts';
import { failureOf } from './http-failure.ts';
import { parseJsonBody, retryAfterOf, toPrintable } from './http-response.ts';

/** How many tokens of one kind a function instance keeps. */
export const MAX_TOKENS = 1_000;
/** Used if the response does not say how long a token lives. RFC 6749 §5.1 leaves that to the server's documentation. */
const DEFAULT_LIFETIME_SECONDS = 300;
const MAX_LIFETIME_SECONDS = 86_400;
/** A token is not used in its last half minute, or last tenth, because the request still has to arrive. */
const MARGIN_MS = 30_000;

/** RFC 6749 §5.1. Some servers write the lifetime as text. */
const tokenResponse = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,12000}$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .default('Bearer'),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});
/** RFC 6749 §5.2 */
const errorResponse = z.object({ error: z.string(), error_description: z.string().default('') });

/** The endpoint issued no token. */
export class TokenError extends Error {
  readonly code = 'TOKEN_FAILED';
  /** The delay that the endpoint asks for. */
  readonly retryAfterSeconds: number;

  constructor(host: string, reason: string, retryAfterSeconds = 0) {
    super(`no token from ${host}: ${reason}`);
    this.name = 'TokenError';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface TokenRequest {
  readonly url: URL;
  readonly form: URLSearchParams;
  /** How the client authenticates, if not within the form. */
  readonly authorization?: string | undefined;
  readonly msLeft: number;
}

/**
 * Gets an OAuth 2 token, RFC 6749 §3.2, which is valid until shortly before it expires.
 * @throws TokenError, BlockedAddressError
 */
export async function requestToken(
  client: HttpClient,
  { url, form, authorization, msLeft }: TokenRequest,
  now: () => number,
): Promise<Expiring<string>> {
  const body = Buffer.from(form.toString());
  const headers: HeaderList = [
    ['Host', url.host],
    ['Accept', 'application/json'],
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Content-Length', String(body.byteLength)],
    ...(authorization === undefined ? [] : [['Authorization', authorization] as const]),
  ];
  const timeoutMs = Math.ceil(msLeft / 1000) * 1000;
  const exchange = { method: 'POST', url, headers, body, timeoutMs, msLeft };
  const response = await client.exchange(exchange).catch((error: unknown) => {
    const { message, isPermanent } = failureOf(error);
    // The error of a blocked address already explains itself.
    throw isPermanent ? error : new TokenError(url.host, message);
  });
  const { access_token: value, expires_in: given } = parseTokenResponse(url, response, now());
  const lifetimeMs = Math.min(given ?? DEFAULT_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS) * 1000;
  return { value, expiresAtMs: now() + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 10) };
}

function parseTokenResponse({ host }: URL, response: AttemptResponse, nowMs: number): z.output<typeof tokenResponse> {
  const { statusCode, body } = response;
  const json = parseJsonBody(body);
  if (statusCode !== 200) {
    const { data } = errorResponse.safeParse(json);
    const reason = data ? `: ${toPrintable(`${data.error} ${data.error_description}`)}` : '';
    throw new TokenError(host, `it answered ${statusCode}${reason}`, retryAfterOf(response, nowMs));
  }
  const { data } = tokenResponse.safeParse(json);
  if (!data) throw new TokenError(host, 'it answered 200 without a bearer token');
  return data;
}
