import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { AttemptResponse } from '../../../core/attempt.ts';
import type { HeaderList } from '../../../core/delivery-headers.ts';
import type { AuthOf } from '../../../core/destination-types/auth.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { DestinationNetwork } from '../../../core/network-address.ts';
import { type Cached, type Expiring, ExpiringCache } from '../../shared/expiring-cache.ts';
import { checkedUrl } from './checked-url.ts';
import { jsonOf, printable } from './http-answer.ts';
import type { HttpClient } from './http-exchange.ts';
import { failureOf } from './http-failure.ts';

type Oauth2Auth = AuthOf<'oauth2'>;

const MAX_TOKENS = 1_000;
/** Where the answer does not say how long a token lives: RFC 6749 §5.1 leaves it to the server's documentation. */
const DEFAULT_LIFETIME_SECONDS = 300;
const MAX_LIFETIME_SECONDS = 86_400;
/** A token is not used in its last half minute, or last tenth: the request has yet to arrive. */
const MARGIN_MS = 30_000;

/** RFC 6749 §5.1. Some servers write the lifetime as text. */
const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,12000}$/),
  token_type: z
    .string()
    .regex(/^bearer$/i)
    .default('Bearer'),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});
/** RFC 6749 §5.2 */
const errorAnswer = z.object({ error: z.string(), error_description: z.string().default('') });

/** No token was to be had. */
class TokenError extends Error {
  readonly code = 'TOKEN_FAILED';

  constructor(message: string) {
    super(message);
    this.name = 'TokenError';
  }
}

/** Access tokens by the client credentials grant, RFC 6749 §4.4: one for each destination, until shortly before it expires. */
export class Oauth2Tokens {
  readonly #client: HttpClient;
  readonly #network: DestinationNetwork;
  readonly #now: () => number;
  readonly #tokens = new ExpiringCache<string>(MAX_TOKENS);

  constructor(client: HttpClient, network: DestinationNetwork, now: () => number) {
    this.#client = client;
    this.#network = network;
    this.#now = now;
  }

  /** @throws TokenError, BlockedAddressError, or an error of `checkedUrl` */
  token(destinationId: DestinationId, auth: Oauth2Auth, msLeft: number): Promise<Cached<string>> {
    // Whoever changes the credentials gets a token of the new ones; and a secret is no key of anything.
    const key = createHash('sha256')
      .update(JSON.stringify([destinationId, auth]))
      .digest('base64');
    return this.#tokens.get(key, this.#now(), () => this.#request(auth, msLeft));
  }

  async #request(auth: Oauth2Auth, msLeft: number): Promise<Expiring<string>> {
    const url = checkedUrl(auth.token_url, this.#network);
    const body = Buffer.from(formOf(auth).toString());
    const headers: HeaderList = [
      ['Host', url.host],
      ['Accept', 'application/json'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Content-Length', String(body.byteLength)],
      ...(auth.client_authentication === 'basic' ? [['Authorization', basicOf(auth)] as const] : []),
    ];
    const timeoutMs = Math.ceil(msLeft / 1000) * 1000;
    const exchange = { method: 'POST', url, headers, body, timeoutMs, msLeft };
    const response = await this.#client.exchange(exchange).catch((error: unknown) => {
      const { message, permanent } = failureOf(error);
      // An address that deliveries may not go to is that here, too, and says so itself.
      throw permanent ? error : new TokenError(`no token from ${url.host}: ${message}`);
    });
    const { access_token: value, expires_in: given } = parsedAnswer(url, response);
    const lifetimeMs = Math.min(given ?? DEFAULT_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS) * 1000;
    return { value, expiresAtMs: this.#now() + lifetimeMs - Math.min(MARGIN_MS, lifetimeMs / 10) };
  }
}

function formOf({ client_authentication, client_id, client_secret, scope, audience }: Oauth2Auth): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    ...(client_authentication === 'body' && { client_id, client_secret }),
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  });
}

/** RFC 6749 §2.3.1: both are encoded as in a form before they become user name and password. */
function basicOf({ client_id, client_secret }: Oauth2Auth): string {
  const encoded = [client_id, client_secret].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

function parsedAnswer({ host }: URL, { statusCode, body }: AttemptResponse): z.output<typeof tokenAnswer> {
  const answer = jsonOf(body);
  if (statusCode !== 200) {
    const { data } = errorAnswer.safeParse(answer);
    const reason = data ? `: ${printable(`${data.error} ${data.error_description}`)}` : '';
    throw new TokenError(`no token from ${host}: it answered ${statusCode}${reason}`);
  }
  const { data } = tokenAnswer.safeParse(answer);
  if (!data) throw new TokenError(`no token from ${host}: it answered 200 without a bearer token`);
  return data;
}
