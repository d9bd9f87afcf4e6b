import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { defaultOrganization, isOrganizationName } from '../../../core/access/organization.ts';
import type { Session } from '../../../core/access/session.ts';
import { ApiError, notFound, validationFailed } from '../../../core/api-error.ts';
import { isId, type OrganizationId } from '../../../core/ids.ts';
import { presentedKey } from '../../shared/presented-key.ts';
import type { OrganizationStore } from '../../stores/config/organizations.ts';
import type { Services } from '../services.ts';
import { holderOfKey, holderOfSession } from './holders.ts';
import type { Holder, Principal } from './principal.ts';
import { headerOf, headerValuesOf, jsonBodyOf, parseWith } from './request-parts.ts';
import { refuseForeignPage, requireOwnPage } from './requesting-page.ts';
import { sessionTokenOf } from './session-cookie.ts';

/** Neither says why a key or session is invalid, so a wrong one reveals nothing about a right one. */
const KEY_NOT_VALID = 'The API key is not valid';
const SESSION_NOT_VALID = 'The session is not valid; log in again';
const ORGANIZATION_HEADER = 'X-Hawser-Organization';
const NO_CREDENTIALS =
  'No API key: send `Authorization: Bearer KEY` or `X-API-Key: KEY`, or log in with `POST /v1/session`';

/**
 * Authenticates by the key in a header or, if no header has one, by the session cookie.
 *
 * @throws ApiError UNAUTHORIZED; FORBIDDEN for a change by cookie that may come from another site; RESOURCE_NOT_FOUND for a
 *   named organization that the key can't act in; VALIDATION_FAILED where the name is empty or given twice
 */
export async function authenticate(event: APIGatewayProxyEvent, services: Services): Promise<Principal> {
  const text = presentedKey((name) => headerOf(event, name));
  if (text !== undefined) return principalOfKey(text, event, services);
  const { publicUrl } = services;
  const token = sessionTokenOf(event, publicUrl);
  if (token === undefined) throw unauthorized(NO_CREDENTIALS);
  requireOwnPage(event, publicUrl);
  const found = await holderOfSession(token, services);
  if (!found) throw unauthorized(SESSION_NOT_VALID);
  return principalOf(found.holder, found.session, event, services);
}

export const loginBody = z
  .strictObject({
    api_key: z
      .string()
      .trim()
      .min(1)
      .meta({
        description: 'An API key or the root key.',
        examples: ['hwk_4kYx0tQmC1vBz7nR2sLp9WfEaHd3GjUo6XqNiVrT8Zy'],
      }),
  })
  .meta({ id: 'Login' });

/** Authenticates by the key in the body, as a login form sends it. A key in a header and a cookie are ignored. @throws as `authenticate` */
export async function authenticateByBody(event: APIGatewayProxyEvent, services: Services): Promise<Principal> {
  refuseForeignPage(event, services.publicUrl);
  return principalOfKey(parseWith(loginBody, jsonBodyOf(event)).api_key, event, services);
}

async function principalOfKey(text: string, event: APIGatewayProxyEvent, services: Services): Promise<Principal> {
  const holder = await holderOfKey(text, services);
  if (!holder) throw unauthorized(KEY_NOT_VALID);
  return principalOf(holder, null, event, services);
}

async function principalOf(
  holder: Holder,
  session: Session | null,
  event: APIGatewayProxyEvent,
  { organizations }: Services,
): Promise<Principal> {
  const [named, ...others] = headerValuesOf(event, ORGANIZATION_HEADER.toLowerCase());
  // Otherwise a proxy that adds the header could silently decide whose data the request is about.
  if (others.length > 0) throw validationFailed(ORGANIZATION_HEADER, 'must be given once');
  const organizationId = await organizationOf(holder, named, organizations);
  return { organizationId, scope: holder.kind === 'root' ? 'admin' : holder.key.scope, holder, session };
}

/** A key that names an organization other than its own gets the same response whether that one exists or not. */
async function organizationOf(
  holder: Holder,
  named: string | undefined,
  organizations: OrganizationStore,
): Promise<OrganizationId> {
  const own = holder.kind === 'root' ? undefined : holder.key.organizationId;
  if (named === undefined) return own ?? defaultOrganization.id;
  if (named.trim() === '')
    throw validationFailed(ORGANIZATION_HEADER, 'is empty; give an id or a name, or leave it out');
  const id = await idOf(named, organizations);
  if (id === undefined || (own !== undefined && id !== own)) throw notFound('Organization', named);
  return id;
}

async function idOf(named: string, organizations: OrganizationStore): Promise<OrganizationId | undefined> {
  if (isId('org', named)) return (await organizations.get(named))?.id;
  // What can't be a name is not looked up: it may be longer than a key of the table can be.
  return isOrganizationName(named) ? organizations.idOfName(named) : undefined;
}

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'www-authenticate': 'Bearer' } });
}
