import { createHash } from 'node:crypto';
import type { AuthOf } from '../../core/destination-types/auth.ts';
import type { DestinationNetwork } from '../../core/destinations/network-address.ts';
import type { DestinationId } from '../../core/ids.ts';
import { type Cached, ExpiringCache } from '../shared/expiring-cache.ts';
import { parseCheckedUrl } from './checked-url.ts';
import type { HttpClient } from './http-exchange.ts';
import { MAX_TOKENS, requestToken, type TokenRequest } from './token-endpoint.ts';

type Oauth2Auth = AuthOf<'oauth2'>;

/** Access tokens by the client credentials grant, RFC 6749 §4.4. One for each destination, until shortly before it expires. */
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

  /** @throws TokenError, BlockedAddressError, or an error of `parseCheckedUrl` */
  token(destinationId: DestinationId, auth: Oauth2Auth, msLeft: number): Promise<Cached<string>> {
    // Includes the credentials, so that changed ones get a new token. Hashed, so that no secret is used as a map key.
    const key = createHash('sha256')
      .update(JSON.stringify([destinationId, auth]))
      .digest('base64');
    return this.#tokens.get(key, this.#now(), async () =>
      requestToken(this.#client, { ...this.#request(auth), msLeft }, this.#now),
    );
  }

  #request(auth: Oauth2Auth): Omit<TokenRequest, 'msLeft'> {
    const url = parseCheckedUrl(auth.token_url, this.#network);
    const authorization = auth.client_authentication === 'basic' ? basicAuthorization(auth) : undefined;
    return { url, form: tokenForm(auth), authorization };
  }
}

function tokenForm({ client_authentication, client_id, client_secret, scope, audience }: Oauth2Auth): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    ...(client_authentication === 'body' && { client_id, client_secret }),
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  });
}

/** RFC 6749 §2.3.1: both are form-encoded before they become user name and password. */
function basicAuthorization({ client_id, client_secret }: Oauth2Auth): string {
  const encoded = [client_id, client_secret].map((text) => new URLSearchParams({ '': text }).toString().slice(1));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}
