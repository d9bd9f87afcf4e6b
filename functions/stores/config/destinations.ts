import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { notFound } from '../../../core/api-error.ts';
import type { Connection, ConnectionSettings } from '../../../core/deliveries/connection.ts';
import type { Destination, DestinationChange, StoredCredentials } from '../../../core/destinations/destination.ts';
import { idSchema } from '../../../core/id-schema.ts';
import type { DeliveryId, DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import { configTable } from '../tables.ts';
import type { ConfigPage, ConfigPageRequest, ConfigTable, Row } from './config-table.ts';
import {
  connectNewDestinationWrites,
  removeFromDestination,
  type Tombstone,
  tombstoneConnection,
} from './connection-writes.ts';
import { connectionsByKey, newConnection } from './connections.ts';
import { deleteWithConnections } from './deletion.ts';
import {
  changeAttributes,
  type DestinationFilter,
  deletionRow,
  destinationRow,
  disablingAttribute,
  mapOf,
  rowFilter,
} from './destination-row.ts';
import { putDestination, replaceCredentialsWrite, tombstoneDestination } from './destination-writes.ts';
import { destinationKey, listKey } from './keys.ts';
import { updateLive, writtenByThisCall } from './live-row.ts';
import { type AttributeGroups, updateOptimistically } from './optimistic-update.ts';
import { withFreshTag } from './tags.ts';

/**
 * The rules behind these groups: no signature may stand in a header that the credentials take; credentials are sealed
 * as a whole; a change of one field of the circuit breaker keeps the others; a destination that was disabled already
 * keeps its reason.
 */
const DECIDED_TOGETHER: AttributeGroups = [
  ['signing', 'sealed_credentials'],
  ['circuit_breaker'],
  ['enabled', 'disabling'],
];

const ownerRow = z.object({ organization_id: idSchema('org') });

/** A destination as it was read, whose receiver has answered 410. */
export interface GoneDestination extends Pick<Destination, 'organizationId' | 'id' | 'updatedAt'> {
  /** The delivery that was answered so. */
  readonly deliveryId: DeliveryId;
}

export class DestinationStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** `undefined` for an unknown or deleted destination, whose pending deliveries are to be cancelled. */
  async get(id: DestinationId): Promise<Destination | undefined> {
    const row = await this.#table.get(destinationKey(id));
    return row && liveDestination(row);
  }

  /** The organization of a destination, also after it is deleted, for as long as there may be deliveries to it. */
  async ownerOf(id: DestinationId): Promise<OrganizationId | undefined> {
    const row = await this.#table.get(destinationKey(id));
    return row && ownerRow.parse(row).organization_id;
  }

  /** Those that are live, by id. */
  async getMany(ids: readonly DestinationId[]): Promise<Map<DestinationId, Destination>> {
    const rows = await this.#table.getMany([...new Set(ids)].map(destinationKey));
    const live = rows.filter((row) => row.deleted_at === undefined).map((row) => destinationRow.parse(row));
    return new Map(live.map((destination) => [destination.id, destination]));
  }

  /** Newest first. */
  async list(
    organizationId: OrganizationId,
    request: ConfigPageRequest,
    filter: DestinationFilter = {},
  ): Promise<ConfigPage<Destination>> {
    const key = listKey(organizationId, 'destination');
    const page = await this.#table.indexPage(configTable.byOrganization, key, request, rowFilter(filter));
    return { ...page, items: page.items.map((row) => destinationRow.parse(row)) };
  }

  create(destination: Destination): Promise<void> {
    return this.#table.transact([putDestination(destination, {})]);
  }

  /** Both or neither. @throws ApiError RESOURCE_NOT_FOUND for the source */
  createConnected(
    destination: Destination,
    sourceId: SourceId,
    settings: ConnectionSettings,
    now: Date,
  ): Promise<Connection> {
    const { id: destinationId, organizationId } = destination;
    return withFreshTag(async () => {
      const connection = newConnection({ organizationId, sourceId, destinationId }, settings, now);
      await this.#table.transact([
        ...connectNewDestinationWrites(connection),
        putDestination(destination, { [sourceId]: connection.id }),
      ]);
      return connection;
    });
  }

  /** @throws ApiError RESOURCE_NOT_FOUND */
  async update(
    organizationId: OrganizationId,
    id: DestinationId,
    change: DestinationChange,
    now: Date,
  ): Promise<Destination> {
    const attributes = { ...changeAttributes(change), updated_at: now.toISOString() };
    const row = await updateLive(this.#table, destinationKey(id), organizationId, attributes);
    if (!row) throw notFound('Destination', id);
    return destinationRow.parse(row);
  }

  /**
   * As `update`, but the change depends on what the destination is, and is decided anew if that changes meanwhile.
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT, and what `decide` throws
   */
  async updateBy(
    organizationId: OrganizationId,
    id: DestinationId,
    decide: (current: Destination) => Promise<DestinationChange>,
    now: Date,
  ): Promise<Destination> {
    const row = await updateOptimistically(this.#table, id, {
      key: destinationKey(id),
      organizationId,
      groups: DECIDED_TOGETHER,
      decide: async (read) => ({
        ...changeAttributes(await decide(destinationRow.parse(read))),
        updated_at: now.toISOString(),
      }),
    });
    if (!row) throw notFound('Destination', id);
    return destinationRow.parse(row);
  }

  /**
   * Replaces only the credentials, in a transaction, and so without reading the row again.
   * @throws StaleRead, ApiError RESOURCE_NOT_FOUND, CONFLICT
   */
  async replaceCredentials(read: Destination, kept: StoredCredentials, now: Date): Promise<Destination> {
    const updatedAt = now.toISOString();
    await this.#table.transact([replaceCredentialsWrite(read, kept, updatedAt)]);
    return { ...read, ...kept, updatedAt };
  }

  /**
   * Disables it because its receiver has answered 410.
   * @returns whether it was enabled, and had not changed since it was read
   */
  async disable({ organizationId, id, updatedAt, deliveryId }: GoneDestination, now: Date): Promise<boolean> {
    const at = now.toISOString();
    const disabling = disablingAttribute({ reason: 'answered_410', at, deliveryId });
    const attributes = { enabled: false, disabling, disabled_by: randomUUID(), updated_at: at };
    const condition = {
      expression: `((#enabled = :was AND #updated_at = :read) OR ${writtenByThisCall('disabled_by')})`,
      values: { ':was': true, ':read': updatedAt },
    };
    return (await updateLive(this.#table, destinationKey(id), organizationId, attributes, condition)) !== undefined;
  }

  /** Does nothing if it is archived, or not archived, already. @throws ApiError RESOURCE_NOT_FOUND */
  async setArchived(
    organizationId: OrganizationId,
    id: DestinationId,
    archived: boolean,
    now: Date,
  ): Promise<Destination> {
    const at = now.toISOString();
    const attributes = {
      ...(archived ? { archived_at: at } : { archived_at: null, unarchived_at: at }),
      updated_at: at,
    };
    const condition = { expression: `archived_at ${archived ? '=' : '<>'} :none`, values: { ':none': null } };
    const row = await updateLive(this.#table, destinationKey(id), organizationId, attributes, condition);
    if (row) return destinationRow.parse(row);
    const current = await this.get(id);
    if (current?.organizationId !== organizationId) throw notFound('Destination', id);
    return current;
  }

  /**
   * Leaves a tombstone, and deletes its connections. Delivery cancels what is pending when it meets the tombstone.
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT
   */
  delete(organizationId: OrganizationId, id: DestinationId, tombstone: Tombstone): Promise<void> {
    return deleteWithConnections(this.#table, async () => {
      const { data: row } = deletionRow.safeParse(await this.#table.get(destinationKey(id)));
      if (row?.organization_id !== organizationId || row.deleted_at !== undefined) throw notFound('Destination', id);
      const connections = await connectionsByKey(this.#table, row.connected);
      return {
        removals: connections.map((connection) => tombstoneConnection(connection, tombstone)),
        between: (removed) =>
          removeFromDestination(
            id,
            connections.slice(0, removed).map(({ sourceId }) => sourceId),
          ),
        tombstone: tombstoneDestination(id, mapOf(row.connected), tombstone),
      };
    });
  }
}

function liveDestination(row: Row): Destination | undefined {
  return row.deleted_at === undefined ? destinationRow.parse(row) : undefined;
}
