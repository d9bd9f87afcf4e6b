import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError } from '../../../core/api-error.ts';
import { headerOf } from './request-parts.ts';

/**
 * Whose page made the browser send this request. `Sec-Fetch-Site` says so: every current browser sends it to https and
 * loopback, and no page can set it. Unlike a comparison of host names, it holds behind any proxy. `Origin` is for browsers that
 * don't send it.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 *
 * A token in a header of its own would do no more, and would need a script that sends it and a place to keep it.
 */
function requestingPage(event: APIGatewayProxyEvent, publicUrl: string): 'own' | 'foreign' | 'unknown' {
  const site = headerOf(event, 'sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const origin = headerOf(event, 'origin');
  if (origin === undefined) return 'unknown';
  return origin === new URL(publicUrl).origin ? 'own' : 'foreign';
}

/**
 * A browser sends the cookie with every request that its pages make. `SameSite=Strict` keeps other sites out, but takes all
 * hosts of a domain for one site; this check keeps the other hosts out as well. Reading needs no check, as no other origin gets
 * to see the response.
 *
 * @throws ApiError FORBIDDEN for a change that is not known to come from a page of this origin
 */
export function requireOwnPage(event: APIGatewayProxyEvent, publicUrl: string): void {
  if (event.httpMethod === 'GET' || requestingPage(event, publicUrl) === 'own') return;
  throw new ApiError(
    'FORBIDDEN',
    'A change by session cookie must come from a page of this origin, as its Sec-Fetch-Site or Origin header says',
  );
}

/**
 * Otherwise a form on another site could log its visitor in with the key of that site's owner, who would then see what the
 * visitor sets up. A request that says nothing of a page was not sent by a browser.
 *
 * @throws ApiError FORBIDDEN
 */
export function refuseForeignPage(event: APIGatewayProxyEvent, publicUrl: string): void {
  if (requestingPage(event, publicUrl) !== 'foreign') return;
  throw new ApiError('FORBIDDEN', 'Logging in must come from a page of this origin');
}
