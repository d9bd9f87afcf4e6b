import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { ApiError, notFound } from '../../../core/api-error.ts';
import type { Connection } from '../../../core/connection.ts';
import type { Destination, DestinationChange } from '../../../core/destination.ts';
import type { DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import { configTable } from '../tables.ts';
import type { ConfigTable, Page, PageRequest, Step } from './config-table.ts';
import {
  ConnectionsChanged,
  connectNewDestinationSteps,
  deleteConnection,
  destinationForgets,
} from './connection-steps.ts';
import { newConnection } from './connections.ts';
import { deleteWithConnections, tombstone } from './deletion.ts';
import { type Connected, changeAttributes, deletionRow, destinationItem, destinationRow } from './destination-row.ts';
import { changeExpression, IS_LIVE } from './expressions.ts';
import { destinationKey, listKey } from './keys.ts';
import { withFreshTag } from './tags.ts';

export class DestinationStore {
  readonly #table: ConfigTable;

  constructor(table: ConfigTable) {
    this.#table = table;
  }

  /** `undefined` for an unknown or deleted destination: what is pending for it is to be cancelled. */
  async get(id: DestinationId): Promise<Destination | undefined> {
    const row = await this.#table.get(destinationKey(id));
    return row && row.deleted_at === undefined ? destinationRow.parse(row) : undefined;
  }

  /** Newest first. */
  async list(organizationId: OrganizationId, request: PageRequest): Promise<Page<Destination>> {
    const key = listKey(organizationId, 'destination');
    const page = await this.#table.indexPage(configTable.byOrganization, key, request);
    return { ...page, items: page.items.map((row) => destinationRow.parse(row)) };
  }

  create(destination: Destination): Promise<void> {
    return this.#table.transact([putDestination(destination, {})]);
  }

  /** Both or neither. @throws ApiError RESOURCE_NOT_FOUND for the source */
  createConnected(destination: Destination, sourceId: SourceId, now: Date): Promise<Connection> {
    const { id: destinationId, organizationId } = destination;
    return withFreshTag(async () => {
      const connection = newConnection({ organizationId, sourceId, destinationId }, now);
      await this.#table.transact([
        ...connectNewDestinationSteps(connection),
        putDestination(destination, { [sourceId]: connection.id }),
      ]);
      return connection;
    });
  }

  /**
   * @param replaces the sealed credentials that the change was made from, where it brings new ones: another change of them
   *   in between is not overwritten
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT
   */
  async update(
    organizationId: OrganizationId,
    id: DestinationId,
    change: DestinationChange,
    now: Date,
    replaces?: Uint8Array,
  ): Promise<Destination> {
    const expression = changeExpression({ ...changeAttributes(change), updated_at: now.toISOString() });
    try {
      const row = await this.#table.update({
        Key: destinationKey(id),
        ...expression,
        ConditionExpression: replaces ? `${IS_LIVE} AND sealed_credentials = :replaced` : IS_LIVE,
        ExpressionAttributeValues: {
          ...expression.ExpressionAttributeValues,
          ':org': organizationId,
          ...(replaces && { ':replaced': replaces }),
        },
      });
      return destinationRow.parse(row);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      if (!replaces) throw notFound('Destination', id);
      throw new ApiError('CONFLICT', `${id} was changed by another request at the same time; read it and try again`);
    }
  }

  /**
   * Leaves a tombstone until `expiresAtSeconds`, and takes its connections with it.
   * @throws ApiError RESOURCE_NOT_FOUND, CONFLICT
   */
  delete(organizationId: OrganizationId, id: DestinationId, now: Date, expiresAtSeconds: number): Promise<void> {
    return deleteWithConnections(this.#table, async () => {
      const { data: row } = deletionRow.safeParse(await this.#table.get(destinationKey(id)));
      if (row?.organization_id !== organizationId || row.deleted_at !== undefined) throw notFound('Destination', id);
      const sourceIds = row.connected.map(({ sourceId }) => sourceId);
      return {
        removals: row.connected.map(({ sourceId, id: connectionId }) => [deleteConnection(sourceId, connectionId)]),
        between: (removed) => destinationForgets(id, sourceIds.slice(0, removed)),
        bury: buryDestination(
          id,
          Object.fromEntries(row.connected.map((connection) => [connection.sourceId, connection.id])),
          tombstone(now, expiresAtSeconds),
        ),
      };
    });
  }
}

function putDestination(destination: Destination, connected: Connected): Step {
  return {
    put: { Item: destinationItem(destination, connected), ConditionExpression: 'attribute_not_exists(pk)' },
    refused: () => new Error(`the new id ${destination.id} is in use`),
  };
}

/** A tombstone is in no list and has no credentials. A connection that was made or deleted in between shows in `connected`. */
function buryDestination(id: DestinationId, connected: Connected, grave: ReturnType<typeof tombstone>): Step {
  const expression = changeExpression({ ...grave, connected: {} }, [
    'list_key',
    'sealed_credentials',
    'shown_credentials',
  ]);
  return {
    update: {
      Key: destinationKey(id),
      ...expression,
      ConditionExpression: '#connected = :read AND attribute_not_exists(deleted_at)',
      ExpressionAttributeValues: { ...expression.ExpressionAttributeValues, ':read': connected },
    },
    refused: () => new ConnectionsChanged(id),
  };
}
