import { createHash, sign } from 'node:crypto';
import type { AuthOf } from '../../core/destination-types/auth.ts';
import { GOOGLE_TOKEN_URI } from '../../core/destination-types/service-account.ts';
import { type Cached, type Expiring, ExpiringCache } from '../shared/expiring-cache.ts';
import { withTimeout } from './deadline.ts';
import type { HttpClient } from './http-exchange.ts';
import { MAX_TOKENS, requestToken, TokenError } from './token-endpoint.ts';

type ServiceAccount = AuthOf<'gcp_service_account'>;

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Google accepts an hour at most. https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests */
const ASSERTION_SECONDS = 3_600;
/** Independent of any destination's timeout, because all destinations with the same key share the token. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Access tokens of service accounts by the JWT bearer grant, RFC 7523 §2.1. One for each key, until shortly before it expires.
 */
export class GoogleTokens {
  readonly #client: HttpClient;
  readonly #now: () => number;
  readonly #scope: string;
  readonly #url: URL;
  readonly #tokens = new ExpiringCache<string>(MAX_TOKENS);

  /** @param url the token endpoint: Google's own, except in tests */
  constructor(client: HttpClient, now: () => number, scope: string, url: string) {
    this.#client = client;
    this.#now = now;
    this.#scope = scope;
    this.#url = new URL(url);
  }

  /** @throws TokenError, BlockedAddressError */
  token(account: ServiceAccount, msLeft: number): Promise<Cached<string>> {
    const { client_email, private_key, private_key_id } = account;
    // Hashed, so that no secret is used as a map key.
    const key = createHash('sha256')
      .update(JSON.stringify([client_email, private_key, private_key_id]))
      .digest('base64');
    const token = this.#tokens.get(key, this.#now(), () => this.#request(account));
    const onTimeout = () => new TokenError(this.#url.host, `no answer within ${Math.ceil(msLeft / 1000)} s`);
    return withTimeout(msLeft, token, onTimeout);
  }

  #request(account: ServiceAccount): Promise<Expiring<string>> {
    const assertion = assertionOf(account, this.#scope, Math.floor(this.#now() / 1000));
    const form = new URLSearchParams({ grant_type: GRANT_TYPE, assertion });
    return requestToken(this.#client, { url: this.#url, form, msLeft: REQUEST_TIMEOUT_MS }, this.#now);
  }
}

/** The JWT, RFC 7519, with which the service account asks for a token. */
function assertionOf(
  { client_email: iss, private_key, private_key_id: kid }: ServiceAccount,
  scope: string,
  iat: number,
): string {
  const header = { alg: 'RS256', typ: 'JWT', kid };
  const claims = { iss, scope, aud: GOOGLE_TOKEN_URI, iat, exp: iat + ASSERTION_SECONDS };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), private_key).toString('base64url')}`;
}
