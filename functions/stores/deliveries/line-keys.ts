import { createHash } from 'node:crypto';
import { attemptName } from '../../../core/delivery.ts';
import type { DestinationId } from '../../../core/ids.ts';
import type { Row } from '../dynamodb-batch.ts';
import { deliveriesTable, LINE_SUFFIX } from '../tables.ts';
import { encodeWaiting, type Waiting } from './waiting-codec.ts';

const { partitionKey: pk, sortKey: sk } = deliveriesTable;

export const POSITION_PREFIX = 'at#';
export const LEASE_ID = 'lease';

export function lineId(destinationId: DestinationId): string {
  return `${destinationId}${LINE_SUFFIX}`;
}

export function lineKey(destinationId: DestinationId, id: string): Row {
  return { [pk]: { S: lineId(destinationId) }, [sk]: { S: id } };
}

/**
 * Sorts by time, and tells apart what came at the same moment. Thirteen digits last until the year 2286.
 *
 * Only what is the same has the same position: a batch of the stream that comes again with more in it would otherwise overwrite a
 * row that is being worked off, and be struck with that. Rows of before November 2026 end with the name, and sort before others.
 */
export function positionOf({ job }: Waiting, waiting: readonly Waiting[], arrivedAtMs: number): string {
  const digest = createHash('sha256').update(encodeWaiting(waiting)).digest('base64url').slice(0, 22);
  return `${POSITION_PREFIX}${String(arrivedAtMs).padStart(13, '0')}#${attemptName(job)}#${digest}`;
}
