import { createHash } from 'node:crypto';
import { attemptName } from '../../../core/deliveries/delivery.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { deliveriesTable, LINE_SUFFIX } from '../tables.ts';
import { encodeLineEntries, type LineEntry } from './line-entry-codec.ts';

const { partitionKey: pk, sortKey: sk } = deliveriesTable;

const POSITION_PREFIX = 'at#';
export const LEASE_ID = 'lease';

function lineId(destinationId: DestinationId): string {
  return `${destinationId}${LINE_SUFFIX}`;
}

export function lineKey(destinationId: DestinationId, id: string): Row {
  return { [pk]: { S: lineId(destinationId) }, [sk]: { S: id } };
}

/** A query for the rows of a line, oldest first. */
export function inLineOrder(destinationId: DestinationId) {
  return {
    KeyConditionExpression: '#line = :line AND begins_with(#position, :prefix)',
    ExpressionAttributeNames: { '#line': pk, '#position': sk },
    ExpressionAttributeValues: { ':line': { S: lineId(destinationId) }, ':prefix': { S: POSITION_PREFIX } },
  };
}

/**
 * Sorts by time, and tells apart what came at the same moment. Thirteen digits last until the year 2286.
 *
 * Only identical content has the same position. Otherwise a batch of the stream that comes again with more in it would overwrite
 * a row that is being worked off, and be deleted with it. Rows from before November 2026 end with the name, and sort before
 * others.
 */
export function positionOf({ job }: LineEntry, entries: readonly LineEntry[], arrivedAtMs: number): string {
  const digest = createHash('sha256').update(encodeLineEntries(entries)).digest('base64url').slice(0, 22);
  return `${POSITION_PREFIX}${String(arrivedAtMs).padStart(13, '0')}#${attemptName(job)}#${digest}`;
}

/** When the entries at a position joined the line; for a batch, when its first delivery did. */
export function positionMs(position: string): number {
  return Number.parseInt(position.slice(POSITION_PREFIX.length), 10);
}
