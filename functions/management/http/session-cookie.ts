import type { APIGatewayProxyEvent } from 'aws-lambda';
import { SESSION_HOURS } from '../../../core/access/session.ts';
import { headerValuesOf } from './request-parts.ts';

const NAME = 'hawser_session';
/** Out of reach of scripts, and never sent with a request that another site's page makes. */
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';

interface Cookie {
  readonly name: string;
  readonly attributes: string;
}

/**
 * `__Host-` makes the browser accept the cookie only over TLS and only from this very host, so that no neighbour in the domain
 * can plant one (https://www.rfc-editor.org/rfc/rfc6265#section-8.6 says why that matters). It requires `Secure`, which not
 * every browser accepts over plain http, even from loopback. So with the stack on one machine, the cookie has neither.
 */
function cookieOf(publicUrl: string): Cookie {
  return new URL(publicUrl).protocol === 'https:'
    ? { name: `__Host-${NAME}`, attributes: `${ATTRIBUTES}; Secure` }
    : { name: NAME, attributes: ATTRIBUTES };
}

/** The token as it was sent; `undefined` without the cookie. */
export function sessionTokenOf(event: APIGatewayProxyEvent, publicUrl: string): string | undefined {
  const { name } = cookieOf(publicUrl);
  // HTTP/2 lets a browser send each cookie in a header of its own.
  const pairs = headerValuesOf(event, 'cookie').flatMap((value) => value.split(';'));
  const own = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`));
  return own?.slice(name.length + 1);
}

/** Headers that hand the session to the browser. */
export function setSessionCookie(token: string, publicUrl: string): { 'set-cookie': string } {
  const { name, attributes } = cookieOf(publicUrl);
  return { 'set-cookie': `${name}=${token}; Max-Age=${SESSION_HOURS * 3_600}; ${attributes}` };
}

/** Headers that make the browser forget the session. */
export function clearSessionCookie(publicUrl: string): { 'set-cookie': string } {
  const { name, attributes } = cookieOf(publicUrl);
  return { 'set-cookie': `${name}=; Max-Age=0; ${attributes}` };
}
