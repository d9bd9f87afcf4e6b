import { notFound } from '../../../core/api-error.ts';
import type {
  Connection,
  ConnectionChange,
  ConnectionEnds,
  ConnectionSettings,
} from '../../../core/deliveries/connection.ts';
import type { Filter } from '../../../core/filter/filter.ts';
import {
  type ConnectionId,
  type DestinationId,
  newId,
  type OrganizationId,
  type SourceId,
  type Tag,
  tagOf,
} from '../../../core/ids.ts';
import type { StoredTransform } from '../../../core/transform/stored-transform.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row, RowKey } from './config-table.ts';
import { connectionRow, endsOf, transformRow } from './connection-row.ts';
import { connectWrites, disconnectWrites, filterText, type Tombstone } from './connection-writes.ts';
import { whileConnectionsChange } from './deletion.ts';
import { connectionKey, formerConnectionKey, listKey } from './keys.ts';
import { updateLive } from './live-row.ts';
import { connectionOfTag, withFreshTag } from './tags.ts';

const CONNECTION_PREFIX = 'con_';

/** All connections of a source, consistently: one query. */
export async function connectionsOfSource(table: ConfigTable, sourceId: SourceId): Promise<Connection[]> {
  const rows = await table.partition(sourceId, CONNECTION_PREFIX);
  return rows.map((row) => connectionRow.parse(row));
}

/** Those of the connections that exist, consistently, in no particular order. */
export async function connectionsByKey(
  table: ConfigTable,
  keys: readonly Pick<ConnectionEnds, 'sourceId' | 'id'>[],
): Promise<Connection[]> {
  const rows = await table.getMany(keys.map(({ sourceId, id }) => connectionKey(sourceId, id)));
  return rows.map((row) => connectionRow.parse(row));
}

export class ConnectionStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** All connections of a source, consistently: one query. A deleted connection is not among them. */
  ofSource(sourceId: SourceId): Promise<Connection[]> {
    return connectionsOfSource(this.#table, sourceId);
  }

  /** All connections that a source has, and the ends of those that it had within the retention: one query. */
  async everOfSource(sourceId: SourceId): Promise<(Connection | ConnectionEnds)[]> {
    const rows = await this.#table.partition(sourceId);
    return rows.flatMap((row) => endsOf(row) ?? []);
  }

  /** The ends of the connection of a delivery id's tag, also after it is deleted. */
  endsOfTag(tag: Tag): Promise<ConnectionEnds | undefined> {
    return connectionOfTag(this.#table, tag);
  }

  /** `undefined` for an unknown or deleted connection. */
  async get(id: ConnectionId): Promise<Connection | undefined> {
    const ends = await connectionOfTag(this.#table, tagOf(id));
    if (ends?.id !== id) return undefined;
    const row = await this.#table.get(connectionKey(ends.sourceId, id));
    return row && connectionRow.parse(row);
  }

  /**
   * The transform of a connection, consistently, also after it is deleted, for as long as deliveries of it may exist.
   * One read unless it is deleted.
   * @returns `undefined` for a connection that is no longer known
   */
  async transformOf({
    sourceId,
    id,
  }: Pick<ConnectionEnds, 'sourceId' | 'id'>): Promise<{ readonly transform: StoredTransform | null } | undefined> {
    const row =
      (await this.#table.get(connectionKey(sourceId, id))) ??
      (await this.#table.get(formerConnectionKey(sourceId, id)));
    return row && transformRow.parse(row);
  }

  /** Newest first. */
  async list(organizationId: OrganizationId, request: ConfigPageRequest): Promise<ConfigPage<Connection>> {
    const key = listKey(organizationId, 'connection');
    const page = await this.#table.indexPage(configTable.byOrganization, key, request);
    return { ...page, items: page.items.map((row) => connectionRow.parse(row)) };
  }

  /** Newest first. The caller has made sure that the source is the organization's own. */
  async listOfSource(sourceId: SourceId, request: ConfigPageRequest): Promise<ConfigPage<Connection>> {
    const page = await this.#table.partitionPage(sourceId, CONNECTION_PREFIX, request);
    return { ...page, items: page.items.map((row) => connectionRow.parse(row)) };
  }

  /** Newest first. The caller has made sure that the destination is the organization's own. */
  async listOfDestination(destinationId: DestinationId, request: ConfigPageRequest): Promise<ConfigPage<Connection>> {
    const page = await this.#table.indexPage(configTable.byDestination, destinationId, request);
    return { ...page, items: page.items.map((row) => connectionRow.parse(row)) };
  }

  /** @throws ApiError RESOURCE_NOT_FOUND for either end; CONFLICT when the two are connected already */
  create(ends: Omit<ConnectionEnds, 'id'>, settings: ConnectionSettings, now: Date): Promise<Connection> {
    return withFreshTag(async () => {
      const connection = newConnection(ends, settings, now);
      await this.#table.transact(connectWrites(connection));
      return connection;
    });
  }

  /** @throws ApiError RESOURCE_NOT_FOUND */
  async update(
    organizationId: OrganizationId,
    id: ConnectionId,
    { filter, ...change }: ConnectionChange,
    now: Date,
  ): Promise<Connection> {
    const ends = await connectionOfTag(this.#table, tagOf(id));
    if (ends?.id !== id) throw notFound('Connection', id);
    const key = connectionKey(ends.sourceId, id);
    const attributes = { ...change, updated_at: now.toISOString() };
    const changed = filter !== undefined && (await this.#changeFilter(key, organizationId, filter, attributes));
    const row = changed || (await updateLive(this.#table, key, organizationId, attributes));
    if (!row) throw notFound('Connection', id);
    return connectionRow.parse(row);
  }

  /**
   * Keeps the time of the change, because earlier events may have met another filter.
   * @returns `undefined` if the filter is this one already, or there is no such connection
   */
  #changeFilter(
    key: RowKey,
    organizationId: OrganizationId,
    filter: Filter | null,
    attributes: Row & { readonly updated_at: string },
  ): Promise<Row | undefined> {
    const changed = { ...attributes, filter: filterText(filter), filter_changed_at: attributes.updated_at };
    const isAnother = { expression: '#filter <> :filter', values: {} };
    return updateLive(this.#table, key, organizationId, changed, isAnother);
  }

  /** Its existing deliveries go on, with its transform. @throws ApiError RESOURCE_NOT_FOUND, CONFLICT */
  delete(organizationId: OrganizationId, id: ConnectionId, tombstone: Tombstone): Promise<void> {
    return whileConnectionsChange(async () => {
      const connection = await this.get(id);
      if (connection?.organizationId !== organizationId) throw notFound('Connection', id);
      await this.#table.transact(disconnectWrites(connection, tombstone));
    });
  }
}

export function newConnection(ends: Omit<ConnectionEnds, 'id'>, settings: ConnectionSettings, now: Date): Connection {
  const createdAt = now.toISOString();
  return {
    id: newId('con', now.getTime()),
    ...ends,
    ...settings,
    createdAt,
    updatedAt: createdAt,
    filterChangedAt: null,
  };
}
