import type {
  ApiKeyId,
  ConnectionId,
  DestinationId,
  OrganizationId,
  ReplayId,
  SourceId,
  Tag,
} from '../../../core/ids.ts';
import type { SecretDigest } from '../../../core/secrets/secret-text.ts';
import { API_KEY_PREFIX, COPY_PREFIX } from '../tables.ts';
import type { RowKey } from './config-table.ts';

export const organizationKey = (id: OrganizationId): RowKey => ({ pk: id, sk: 'organization' });
/** Reserves an organization's name. */
export const organizationNameKey = (name: string): RowKey => ({
  pk: `organization-name#${name}`,
  sk: 'organization-name',
});
export const sourceKey = (id: SourceId): RowKey => ({ pk: id, sk: 'source' });
export const destinationKey = (id: DestinationId): RowKey => ({ pk: id, sk: 'destination' });
export const connectionKey = (sourceId: SourceId, id: ConnectionId): RowKey => ({ pk: sourceId, sk: id });
/** A deleted connection. Its key differs, so that fan-out never reads it. */
export const formerConnectionKey = (sourceId: SourceId, id: ConnectionId): RowKey => ({
  pk: sourceId,
  sk: `former#${id}`,
});
/** Reserves the tag of a source or connection for ever, and names its owner: history outlives both. */
export const tagKey = (tag: Tag): RowKey => ({ pk: `tag#${tag}`, sk: 'tag' });
/** An API key, found by what its holder sends. */
export const apiKeyKey = (digest: SecretDigest): RowKey => ({ pk: `${API_KEY_PREFIX}${digest}`, sk: 'api-key' });
/** Leads from a key's id to the key. */
export const apiKeyIdKey = (id: ApiKeyId): RowKey => ({ pk: id, sk: 'api-key-id' });
/** A session, found by what its browser sends. */
export const sessionKey = (digest: SecretDigest): RowKey => ({ pk: `session#${digest}`, sk: 'session' });
/** What an organization has asked for in one minute. */
export const requestCountKey = (id: OrganizationId, minute: number): RowKey => ({
  pk: `requests#${id}#${minute}`,
  sk: 'requests',
});

/** A request that came with an `Idempotency-Key`. @param digest of whose key it is and the key */
export const idempotencyKey = (digest: string): RowKey => ({ pk: `idempotency#${digest}`, sk: 'idempotency' });

/** Copies of a webhook. @param digest of what they have in common */
export const copyKey = (digest: string): RowKey => ({ pk: `${COPY_PREFIX}${digest}`, sk: 'copy' });
export const replayKey = (id: ReplayId): RowKey => ({ pk: id, sk: 'replay' });

export const organizationsListKey = 'organizations';
export const listKey = (
  id: OrganizationId,
  kind: 'source' | 'connection' | 'destination' | 'api-key' | 'replay',
): string => `${id}#${kind}`;
