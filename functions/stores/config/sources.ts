import { notFound } from '../../../core/api-error.ts';
import { newId, type OrganizationId, type SourceId, type Tag } from '../../../core/ids.ts';
import type { Source, SourceChange, SourceSettings, StoredVerification } from '../../../core/ingest/source.ts';
import { changeExpression } from '../expressions.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row, TransactionWrite } from './config-table.ts';
import { ConnectionsChanged, disconnectWrites, type Tombstone } from './connection-writes.ts';
import { connectionsOfSource } from './connections.ts';
import { deleteWithConnections } from './deletion.ts';
import { textSearch } from './expressions.ts';
import { listKey, sourceKey } from './keys.ts';
import { updateLive } from './live-row.ts';
import { type AttributeGroups, updateOptimistically } from './optimistic-update.ts';
import { changeAttributes, deletionRow, sourceAttributes, sourceRow } from './source-row.ts';
import { reserveSourceTag, type SourceOwner, sourceOfTag, withFreshTag } from './tags.ts';

/** What history needs to know of a source, deleted or not. */
export interface PastSource extends SourceOwner {
  /** None once it is deleted. */
  readonly verification: Pick<StoredVerification, 'shown'> | null;
}

const pastSourceRow = sourceAttributes.pick({ id: true, organization_id: true, shown_verification: true }).transform(
  ({ id, organization_id: organizationId, shown_verification: shown }): PastSource => ({
    id,
    organizationId,
    verification: shown && { shown },
  }),
);

/** De-duplication by event id needs a verification that has event ids. */
const DECIDED_TOGETHER: AttributeGroups = [['sealed_verification', 'shown_verification', 'deduplication']];

export class SourceStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** `undefined` for an unknown or deleted source. */
  async get(id: SourceId): Promise<Source | undefined> {
    const row = await this.#table.get(sourceKey(id));
    return row && row.deleted_at === undefined ? sourceRow.parse(row) : undefined;
  }

  /** Also after it is deleted, for as long as there may be events of it. */
  async ever(id: SourceId): Promise<PastSource | undefined> {
    const row = await this.#table.get(sourceKey(id));
    return row && pastSourceRow.parse(row);
  }

  /** The source of an event id's tag, also after it is deleted. */
  ofTag(tag: Tag): Promise<SourceOwner | undefined> {
    return sourceOfTag(this.#table, tag);
  }

  /** Newest first. @param search anywhere in the name, in any case */
  async list(organizationId: OrganizationId, request: ConfigPageRequest, search?: string): Promise<ConfigPage<Source>> {
    const key = listKey(organizationId, 'source');
    const isFound = search === undefined ? undefined : textSearch(search);
    const keep = isFound && ((row: Row) => isFound(row.name));
    const page = await this.#table.indexPage(configTable.byOrganization, key, request, keep);
    return { ...page, items: page.items.map((row) => sourceRow.parse(row)) };
  }

  /** @param settingsOf gets the id of the new source, because its settings are encrypted for that id */
  create(
    organizationId: OrganizationId,
    settingsOf: (owner: SourceOwner) => Promise<SourceSettings>,
    now: Date,
  ): Promise<Source> {
    const createdAt = now.toISOString();
    return withFreshTag(async () => {
      const owner = { id: newId('src', now.getTime()), organizationId };
      const source: Source = { ...owner, ...(await settingsOf(owner)), createdAt, updatedAt: createdAt };
      await this.#table.transact([putSource(source), reserveSourceTag(source)]);
      return source;
    });
  }

  /** @throws ApiError RESOURCE_NOT_FOUND */
  async update(organizationId: OrganizationId, id: SourceId, change: SourceChange, now: Date): Promise<Source> {
    const attributes = { ...changeAttributes(change), updated_at: now.toISOString() };
    const row = await updateLive(this.#table, sourceKey(id), organizationId, attributes);
    if (!row) throw notFound('Source', id);
    return sourceRow.parse(row);
  }

  /**
   * As `update`, but the change depends on what the source is, and is decided anew if that changes meanwhile.
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT, and what `decide` throws
   */
  async updateBy(
    organizationId: OrganizationId,
    id: SourceId,
    decide: (current: Source) => Promise<SourceChange>,
    now: Date,
  ): Promise<Source> {
    const row = await updateOptimistically(this.#table, id, {
      key: sourceKey(id),
      organizationId,
      groups: DECIDED_TOGETHER,
      decide: async (read) => ({
        ...changeAttributes(await decide(sourceRow.parse(read))),
        updated_at: now.toISOString(),
      }),
    });
    if (!row) throw notFound('Source', id);
    return sourceRow.parse(row);
  }

  /**
   * Leaves a tombstone, and deletes its connections. Its existing deliveries go on.
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT
   */
  delete(organizationId: OrganizationId, id: SourceId, tombstone: Tombstone): Promise<void> {
    return deleteWithConnections(this.#table, async () => {
      const { data: row } = deletionRow.safeParse(await this.#table.get(sourceKey(id)));
      if (row?.organization_id !== organizationId || row.deleted_at !== undefined) throw notFound('Source', id);
      const connections = await connectionsOfSource(this.#table, id);
      return {
        removals: connections.map((connection) => disconnectWrites(connection, tombstone)),
        tombstone: tombstoneSource(id, row.connection_revision, tombstone),
      };
    });
  }
}

function putSource({ id, organizationId, createdAt, updatedAt, ...settings }: Source): TransactionWrite {
  return {
    put: {
      Item: {
        ...sourceKey(id),
        list_key: listKey(organizationId, 'source'),
        id,
        organization_id: organizationId,
        ...changeAttributes(settings),
        connection_revision: 0,
        created_at: createdAt,
        updated_at: updatedAt,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
    refused: () => new Error(`the new id ${id} is in use`),
  };
}

/**
 * A tombstone is in no list and has no secrets. If a connection was made since the connections were read, the revision
 * is higher.
 */
function tombstoneSource(id: SourceId, connectionRevision: number, tombstone: Tombstone): TransactionWrite {
  const expression = changeExpression(tombstone, ['list_key', 'sealed_verification', 'shown_verification']);
  return {
    update: {
      Key: sourceKey(id),
      ...expression,
      ConditionExpression: 'connection_revision = :revision AND attribute_not_exists(deleted_at)',
      ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':revision': connectionRevision },
    },
    refused: () => new ConnectionsChanged(id),
  };
}
