import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError } from '../../../core/api-error.ts';
import { headerOf } from './request-parts.ts';

/**
 * Whose page makes a browser send this request. `Sec-Fetch-Site` tells, which every current browser sends to https and loopback
 * and no page can set; unlike a comparison of host names it holds behind any proxy. `Origin` is for browsers without it.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
 *
 * A token in a header of its own would need a script to carry it, and a place to keep it, for the same result.
 */
function requestingPage(event: APIGatewayProxyEvent, publicUrl: string): 'own' | 'foreign' | 'unknown' {
  const site = headerOf(event, 'sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const origin = headerOf(event, 'origin');
  if (origin === undefined) return 'unknown';
  return origin === new URL(publicUrl).origin ? 'own' : 'foreign';
}

/**
 * A browser sends the cookie with whatever its pages ask for. `SameSite=Strict` keeps other sites out, but takes the hosts of
 * one domain for one site: this keeps those out too. Reading needs no such check, as no other origin sees the answer.
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
 * Else another site's form could log its visitor in with its own key, and see what is set up there. What says nothing of a
 * page was not sent by a browser.
 *
 * @throws ApiError FORBIDDEN
 */
export function refuseForeignPage(event: APIGatewayProxyEvent, publicUrl: string): void {
  if (requestingPage(event, publicUrl) !== 'foreign') return;
  throw new ApiError('FORBIDDEN', 'Logging in must come from a page of this origin');
}
