import type { HeaderList } from '../../core/deliveries/delivery-headers.ts';
import type { AuthOf, DestinationAuth } from '../../core/destination-types/auth.ts';
import { withAddition } from '../../core/destinations/url-addition.ts';
import type { DestinationId } from '../../core/ids.ts';
import { shownUrl } from '../../core/secrets/shown-url.ts';
import type { Oauth2Tokens } from './oauth2-tokens.ts';

/** What a request carries to authenticate to the receiver. */
export interface Authorization {
  /** These take precedence over the sender's and the destination's own. Their values never appear in the log. */
  readonly headers: HeaderList;
  readonly query?: readonly [name: string, value: string];
  /** Drops a cached credential, which may have become invalid early, so that a new one is obtained. Absent if it is new. */
  readonly forget?: () => void;
}

export type Authorize = (msLeft: number) => Promise<Authorization>;

/** How a destination with this `auth` authenticates. */
export function authorizer(id: DestinationId, auth: DestinationAuth | undefined, tokens: Oauth2Tokens): Authorize {
  if (auth?.type === 'aws_role' || auth?.type === 'aws_access_key' || auth?.type === 'gcp_service_account')
    throw new Error(`${id} is an HTTP destination, which does not support credentials of type ${auth.type}`);
  if (auth?.type === 'oauth2') return (msLeft) => tokenAuthorization(tokens, id, auth, msLeft);
  const authorization = fixedAuthorization(auth);
  return async () => authorization;
}

/** The kinds that need no request to another server. */
export type FixedAuth = AuthOf<'bearer' | 'basic' | 'api_key'>;

export function fixedAuthorization(auth: FixedAuth | undefined): Authorization {
  switch (auth?.type) {
    case undefined:
      return { headers: [] };
    case 'bearer':
      return { headers: [['Authorization', `Bearer ${auth.token}`]] };
    case 'basic':
      // RFC 7617 §2.1: in UTF-8. Browsers send the same to a server that names no charset.
      return {
        headers: [['Authorization', `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`]],
      };
    case 'api_key':
      return auth.in === 'header'
        ? { headers: [[auth.name, auth.value]] }
        : { headers: [], query: [auth.name, auth.value] };
  }
}

/** Keeps the spelling of the URL's own query, all of which `searchParams` would rewrite. */
export function withQuery(url: URL, query: Authorization['query']): URL {
  return query ? withAddition(url, { path: '', query: String(new URLSearchParams([[...query]])) }) : url;
}

/** A URL for the log, without its own secrets and without the destination's credentials. */
export function targetOf(url: URL, { query }: Authorization): string {
  return shownUrl(url, new Set(query && [query[0].toLowerCase()]));
}

async function tokenAuthorization(
  tokens: Oauth2Tokens,
  id: DestinationId,
  auth: AuthOf<'oauth2'>,
  msLeft: number,
): Promise<Authorization> {
  const { value, wasThere, forget } = await tokens.token(id, auth, msLeft);
  return { headers: [['Authorization', `Bearer ${value}`]], ...(wasThere && { forget }) };
}
