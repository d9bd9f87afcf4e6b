import { unmarshall } from '@aws-sdk/util-dynamodb';
import { notFound } from '../../../core/api-error.ts';
import type { Destination, ShownCredentials, StoredCredentials } from '../../../core/destinations/destination.ts';
import type { DestinationId } from '../../../core/ids.ts';
import { changeExpression } from '../expressions.ts';
import type { TransactionWrite } from './config-table.ts';
import { ConnectionsChanged, type Tombstone } from './connection-writes.ts';
import { type Connected, changeAttributes, destinationItem, destinationRow } from './destination-row.ts';
import { IS_LIVE } from './expressions.ts';
import { destinationKey } from './keys.ts';
import { changedMeanwhile, StaleRead } from './optimistic-update.ts';

/** Writes of a destination's row that are part of larger transactions. */

export function putDestination(destination: Destination, connected: Connected): TransactionWrite {
  return {
    put: { Item: destinationItem(destination, connected), ConditionExpression: 'attribute_not_exists(pk)' },
    refused: () => new Error(`the new id ${destination.id} is in use`),
  };
}

/**
 * The row must not have changed since it was read, so that the caller knows what it is now without reading it again.
 */
export function replaceCredentialsWrite(
  read: Destination,
  kept: StoredCredentials,
  updatedAt: string,
): TransactionWrite {
  const { id, organizationId, sealedCredentials } = read;
  const expression = changeExpression({ ...changeAttributes(kept), updated_at: updatedAt });
  return {
    update: {
      Key: destinationKey(id),
      ...expression,
      ConditionExpression: `${IS_LIVE} AND sealed_credentials = :replaced AND updated_at = :read`,
      ExpressionAttributeValues: {
        ...expression.ExpressionAttributeValues,
        ':org': organizationId,
        ':replaced': sealedCredentials,
        ':read': read.updatedAt,
      },
    },
    refused: (current) => {
      if (!current || current.deleted_at !== undefined) return notFound('Destination', id);
      const { shownCredentials: shown } = destinationRow.parse(unmarshall(current));
      return isSameSecret(shown, read.shownCredentials) ? new StaleRead(id) : changedMeanwhile(id);
    },
  };
}

/**
 * One of two concurrent rotations is refused: a second one would end the overlap of the secret that receivers know before
 * anybody has its successor.
 */
function isSameSecret(one: ShownCredentials, other: ShownCredentials): boolean {
  return one.secret === other.secret && one.previousSecret?.validUntil === other.previousSecret?.validUntil;
}

/**
 * A tombstone is in no list and has no credentials. If a connection was made or deleted meanwhile, `connected` has
 * changed.
 */
export function tombstoneDestination(id: DestinationId, connected: Connected, tombstone: Tombstone): TransactionWrite {
  const expression = changeExpression({ ...tombstone, connected: {} }, [
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
