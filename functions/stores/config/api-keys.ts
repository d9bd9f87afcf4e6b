import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { type ApiKey, scopes } from '../../../core/access/api-key.ts';
import { notFound } from '../../../core/api-error.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { ApiKeyId, OrganizationId } from '../../../core/ids.ts';
import type { SecretDigest } from '../../../core/secrets/secret-text.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row } from './config-table.ts';
import { apiKeyIdKey, apiKeyKey, listKey } from './keys.ts';

export const storedDigest = z.string().transform((text) => text as SecretDigest);

const apiKeyRow = z
  .object({
    id: idSchema('key'),
    organization_id: idSchema('org'),
    name: z.string(),
    scope: z.enum(scopes),
    digest: storedDigest,
    masked_text: z.string(),
    created_by: idSchema('key').nullable(),
    created_at: z.string(),
    valid_until: z.string().nullable(),
    last_used_at: z.string().optional(),
  })
  .transform(
    (row): ApiKey => ({
      id: row.id,
      organizationId: row.organization_id,
      name: row.name,
      scope: row.scope,
      digest: row.digest,
      maskedText: row.masked_text,
      createdBy: row.created_by,
      createdAt: row.created_at,
      expiresAt: row.valid_until,
      lastUsedAt: row.last_used_at ?? null,
    }),
  );

const apiKeyIdRow = z.object({ organization_id: idSchema('org'), digest: storedDigest });

/**
 * A key has two rows, created and deleted together: the key itself under its digest, so that one read authenticates a
 * request, and a row that leads from its id to the digest. The number of keys is not limited, as no read grows with it.
 */
export class ApiKeyStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  create(key: ApiKey): Promise<void> {
    const refused = () => new Error(`the new id ${key.id} is in use`);
    const ConditionExpression = 'attribute_not_exists(pk)';
    return this.#table.transact([
      { put: { Item: apiKeyItem(key), ConditionExpression }, refused },
      {
        put: {
          Item: { ...apiKeyIdKey(key.id), organization_id: key.organizationId, digest: key.digest },
          ConditionExpression,
        },
        refused,
      },
    ]);
  }

  /** Consistent: a revoked key is not found. An expired one is. */
  async get(digest: SecretDigest): Promise<ApiKey | undefined> {
    const row = await this.#table.get(apiKeyKey(digest));
    return row && apiKeyRow.parse(row);
  }

  /** Newest first, expired ones too. */
  async list(organizationId: OrganizationId, request: ConfigPageRequest): Promise<ConfigPage<ApiKey>> {
    const page = await this.#table.indexPage(configTable.byOrganization, listKey(organizationId, 'api-key'), request);
    return { ...page, items: page.items.map((row) => apiKeyRow.parse(row)) };
  }

  /** @throws ApiError RESOURCE_NOT_FOUND */
  async delete(organizationId: OrganizationId, id: ApiKeyId): Promise<void> {
    const { data: row } = apiKeyIdRow.safeParse(await this.#table.get(apiKeyIdKey(id)));
    if (row?.organization_id !== organizationId) throw notFound('API key', id);
    const refused = () => notFound('API key', id);
    const ConditionExpression = 'attribute_exists(pk)';
    await this.#table.transact([
      { delete: { Key: apiKeyKey(row.digest), ConditionExpression }, refused },
      { delete: { Key: apiKeyIdKey(id), ConditionExpression }, refused },
    ]);
  }

  /**
   * Only one of several requests that have read the same `lastUsedAt` writes. A key that was revoked meanwhile stays
   * revoked.
   */
  async noteUse({ digest, lastUsedAt }: ApiKey, now: Date): Promise<void> {
    try {
      await this.#table.update({
        Key: apiKeyKey(digest),
        UpdateExpression: 'SET last_used_at = :now',
        ConditionExpression:
          lastUsedAt === null ? 'attribute_exists(pk) AND attribute_not_exists(last_used_at)' : 'last_used_at = :read',
        ExpressionAttributeValues: { ':now': now.toISOString(), ...(lastUsedAt !== null && { ':read': lastUsedAt }) },
      });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

/**
 * Expired keys stay listed until they are revoked, so their rows have no `expires_at`, by which DynamoDB would delete
 * them.
 */
function apiKeyItem(key: ApiKey): Row {
  return {
    ...apiKeyKey(key.digest),
    list_key: listKey(key.organizationId, 'api-key'),
    id: key.id,
    organization_id: key.organizationId,
    name: key.name,
    scope: key.scope,
    digest: key.digest,
    masked_text: key.maskedText,
    created_by: key.createdBy,
    created_at: key.createdAt,
    valid_until: key.expiresAt,
  };
}
