import type { APIGatewayProxyEvent } from 'aws-lambda';
import { ApiError, notFound } from '../../core/api-error.ts';
import { isApiKeyText, isExpired } from '../../core/api-key.ts';
import { isId, type OrganizationId } from '../../core/ids.ts';
import { defaultOrganization, isOrganizationName } from '../../core/organization.ts';
import { digestOf } from '../../core/secret-text.ts';
import type { OrganizationStore } from '../stores/config/organizations.ts';
import type { Holder, Principal } from './principal.ts';
import { headerOf } from './request-parts.ts';
import type { Services } from './services.ts';

type Authentication = Pick<Services, 'rootKey' | 'apiKeys' | 'organizations' | 'now'>;

/** @throws ApiError UNAUTHORIZED; RESOURCE_NOT_FOUND for an organization that is named and that the key can't act in */
export async function authenticate(event: APIGatewayProxyEvent, services: Authentication): Promise<Principal> {
  const text = presentedKey(event);
  if (text === undefined) throw unauthorized('No API key: send `Authorization: Bearer KEY` or `X-API-Key: KEY`');
  const holder = await holderOf(text, services);
  const organizationId = await organizationOf(holder, headerOf(event, 'x-hawser-organization'), services.organizations);
  return { organizationId, scope: holder.kind === 'root' ? 'admin' : holder.key.scope, holder };
}

/** The key as it was sent: empty where a header is there and no key is in it, `undefined` without any header. */
function presentedKey(event: APIGatewayProxyEvent): string | undefined {
  const authorization = headerOf(event, 'authorization');
  if (authorization !== undefined) return /^bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? '';
  return headerOf(event, 'x-api-key')?.trim();
}

/** @throws ApiError UNAUTHORIZED, the same for a key that never was, was revoked, has expired or can't be one */
async function holderOf(text: string, { rootKey, apiKeys, now }: Authentication): Promise<Holder> {
  if (await rootKey.isEqualTo(text)) return { kind: 'root' };
  const key = isApiKeyText(text) ? await apiKeys.get(digestOf(text)) : undefined;
  if (!key || isExpired(key, now())) throw unauthorized('The API key is not valid');
  return { kind: 'api_key', key };
}

/** A key that names another organization than its own is told the same whether that one exists or not. */
async function organizationOf(
  holder: Holder,
  named: string | undefined,
  organizations: OrganizationStore,
): Promise<OrganizationId> {
  const own = holder.kind === 'root' ? undefined : holder.key.organizationId;
  if (named === undefined) return own ?? defaultOrganization.id;
  const id = await idOf(named, organizations);
  if (id === undefined || (own !== undefined && id !== own)) throw notFound('Organization', named);
  return id;
}

async function idOf(named: string, organizations: OrganizationStore): Promise<OrganizationId | undefined> {
  if (isId('org', named)) return (await organizations.exists(named)) ? named : undefined;
  // What can be no name is not looked up: it may be longer than a key can be.
  return isOrganizationName(named) ? organizations.idOfName(named) : undefined;
}

function unauthorized(message: string): ApiError {
  return new ApiError('UNAUTHORIZED', message, { headers: { 'www-authenticate': 'Bearer' } });
}
