import { ApiError, notFound } from '../../../core/api-error.ts';
import type { Connection, ConnectionEnds } from '../../../core/deliveries/connection.ts';
import type { Filter } from '../../../core/filter/filter.ts';
import type { DestinationId, OrganizationId, SourceId } from '../../../core/ids.ts';
import type { TransactionWrite } from './config-table.ts';
import { IS_LIVE } from './expressions.ts';
import { connectionKey, destinationKey, formerConnectionKey, listKey, sourceKey } from './keys.ts';
import { reserveConnectionTag } from './tags.ts';

/** What remains of a deleted row until DynamoDB removes it for good. */
export type Tombstone = Readonly<{
  /** ISO 8601, UTC. */
  deleted_at: string;
  /** Seconds since the epoch. */
  expires_at: number;
}>;

/**
 * A connection is recorded in three places, changed together: in its own row under its source (which fan-out reads); in
 * the map `connected` of its destination (source id → connection id: it allows one connection per pair, and lists all
 * of them for deletion without an index that may lag behind); and in the source's `connection_revision` (so that a
 * source is not deleted while a connection is being made).
 */
export function connectWrites(connection: Connection): TransactionWrite[] {
  return [bumpConnectionRevision(connection), addToDestination(connection), ...newConnection(connection)];
}

/** Connects a destination that is created in the same transaction. */
export function connectNewDestinationWrites(connection: Connection): TransactionWrite[] {
  return [bumpConnectionRevision(connection), ...newConnection(connection)];
}

/** Deletes a connection whose destination stays. @throws (through the transaction) `ConnectionsChanged` when it was changed since */
export function disconnectWrites(connection: Connection, tombstone: Tombstone): TransactionWrite[] {
  return [
    ...tombstoneConnection(connection, tombstone),
    removeFromDestination(connection.destinationId, [connection.sourceId]),
  ];
}

/** Another request has changed the connections meanwhile: they have to be read again. */
export class ConnectionsChanged extends Error {}

/**
 * Moves a connection out of fan-out's sight. Its ends stay with its source, so that old events still lead to their
 * deliveries, and so does its transform, which pending deliveries still need.
 * @throws (through the transaction) `ConnectionsChanged` if it was changed since it was read
 */
export function tombstoneConnection(connection: Connection, tombstone: Tombstone): TransactionWrite[] {
  const { id, organizationId, sourceId, destinationId, transform, updatedAt } = connection;
  return [
    {
      delete: {
        Key: connectionKey(sourceId, id),
        ConditionExpression: 'updated_at = :read',
        ExpressionAttributeValues: { ':read': updatedAt },
      },
      refused: () => new ConnectionsChanged(id),
    },
    {
      put: {
        Item: {
          ...formerConnectionKey(sourceId, id),
          connection_id: id,
          organization_id: organizationId,
          source_id: sourceId,
          destination_id: destinationId,
          transform,
          ...tombstone,
        },
      },
      refused: () => new ConnectionsChanged(id),
    },
  ];
}

/** Takes the connections of these sources out of a destination's map. */
export function removeFromDestination(destinationId: DestinationId, sourceIds: readonly SourceId[]): TransactionWrite {
  const names = Object.fromEntries(sourceIds.map((id, index) => [`#s${index}`, id]));
  return {
    update: {
      Key: destinationKey(destinationId),
      UpdateExpression: `REMOVE ${Object.keys(names)
        .map((alias) => `#connected.${alias}`)
        .join(', ')}`,
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#connected': 'connected', ...names },
    },
    refused: () => new ConnectionsChanged(destinationId),
  };
}

function bumpConnectionRevision({ sourceId, organizationId }: ConnectionEnds): TransactionWrite {
  return {
    update: {
      Key: sourceKey(sourceId),
      UpdateExpression: 'ADD connection_revision :one',
      ConditionExpression: IS_LIVE,
      ExpressionAttributeValues: { ':one': 1, ':org': organizationId },
    },
    refused: () => notFound('Source', sourceId),
  };
}

function addToDestination({ id, sourceId, destinationId, organizationId }: ConnectionEnds): TransactionWrite {
  return {
    update: {
      Key: destinationKey(destinationId),
      UpdateExpression: 'SET #connected.#source = :connection',
      ConditionExpression: `${IS_LIVE} AND attribute_not_exists(#connected.#source)`,
      ExpressionAttributeNames: { '#connected': 'connected', '#source': sourceId },
      ExpressionAttributeValues: { ':connection': id, ':org': organizationId },
    },
    refused: (current) => {
      const present = current?.connected?.M?.[sourceId]?.S;
      return present && isLive(current, organizationId)
        ? new ApiError('CONFLICT', `${sourceId} and ${destinationId} are connected already, by ${present}`)
        : notFound('Destination', destinationId);
    },
  };
}

function isLive(row: NonNullable<Parameters<TransactionWrite['refused']>[0]>, organizationId: OrganizationId): boolean {
  return row.organization_id?.S === organizationId && row.deleted_at === undefined;
}

/** Stored as JSON: a map would lose the order of its names, and DynamoDB nests at most 32 levels. */
export function filterText(filter: Filter | null): string | null {
  return filter && JSON.stringify(filter);
}

function newConnection(connection: Connection): TransactionWrite[] {
  const { id, organizationId, sourceId, destinationId, createdAt, updatedAt } = connection;
  return [
    {
      put: {
        Item: {
          ...connectionKey(sourceId, id),
          list_key: listKey(organizationId, 'connection'),
          id,
          organization_id: organizationId,
          source_id: sourceId,
          destination_id: destinationId,
          name: connection.name,
          description: connection.description,
          filter: filterText(connection.filter),
          transform: connection.transform,
          created_at: createdAt,
          updated_at: updatedAt,
        },
        ConditionExpression: 'attribute_not_exists(pk)',
      },
      refused: () => new Error(`the new id ${id} is in use`),
    },
    reserveConnectionTag(connection),
  ];
}
