import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError, notFound } from '../../core/api-error.ts';
import { isId, type OrganizationId } from '../../core/ids.ts';
import { defaultOrganization, isOrganizationName } from '../../core/organization.ts';
import type { OrganizationStore } from '../stores/config/organizations.ts';
import { headerOf } from './request-parts.ts';
import type { RootKey } from './root-key.ts';

/** What a key may do: each scope includes those before it. */
export const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks. */
export interface Principal {
  /** The only organization whose things the request sees and changes. */
  readonly organizationId: OrganizationId;
  readonly scope: Scope;
  /** The root key alone may make and list organizations. */
  readonly isRoot: boolean;
}

export interface Authentication {
  readonly rootKey: RootKey;
  readonly organizations: OrganizationStore;
}

/** @throws ApiError UNAUTHORIZED; RESOURCE_NOT_FOUND for the organization that the root key's holder names */
export async function authenticate(
  event: APIGatewayProxyEvent,
  { rootKey, organizations }: Authentication,
): Promise<Principal> {
  const key = presentedKey(event);
  if (key === undefined) throw unauthorized('No API key: send `Authorization: Bearer KEY` or `X-API-Key: KEY`');
  if (!(await rootKey.isEqualTo(key))) throw unauthorized('The API key is not valid');
  const named = headerOf(event, 'x-hawser-organization');
  return { organizationId: await organizationNamed(named, organizations), scope: 'admin', isRoot: true };
}

function presentedKey(event: APIGatewayProxyEvent): string | undefined {
  const authorization = headerOf(event, 'authorization');
  if (authorization !== undefined) return /^bearer +(\S+)$/i.exec(authorization.trim())?.[1];
  return headerOf(event, 'x-api-key')?.trim() || undefined;
}

async function organizationNamed(name: string | undefined, organizations: OrganizationStore): Promise<OrganizationId> {
  if (name === undefined) return defaultOrganization.id;
  if (isId('org', name)) {
    if (await organizations.exists(name)) return name;
    throw notFound('Organization', name);
  }
  // What can be no name is not looked up: it may be longer than a key can be.
  const id = isOrganizationName(name) ? await organizations.idOfName(name) : undefined;
  if (id === undefined) throw notFound('Organization', name);
  return id;
}

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'www-authenticate': 'Bearer' } });
}
