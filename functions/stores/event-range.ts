import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { idBound, type SourceId } from '../../core/ids.ts';
import { unexpiredSinceMs } from './retention.ts';
import { eventsTable } from './tables.ts';

/** From `sinceMs`, inclusive, to `untilMs`, exclusive. */
export interface TimeRange {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** Bounds of ids of events. */
export interface EventRange {
  readonly from: string;
  readonly to: string;
}

/**
 * The range of ids of events that were accepted in a time range and have not expired. It avoids paying for rows that have
 * expired but are not deleted yet, of which there may be several days' worth at one end of a list.
 * @returns `undefined` if all of that range has expired: DynamoDB rejects a range whose bounds are the wrong way round
 */
export function unexpiredRange(
  { sinceMs = 0, untilMs }: TimeRange,
  nowMs: number,
  retentionDays: number,
): EventRange | undefined {
  const from = idBound('evt', Math.max(0, sinceMs, unexpiredSinceMs(nowMs, retentionDays)));
  const to = untilMs === undefined ? 'evt_~' : idBound('evt', untilMs);
  return from <= to ? { from, to } : undefined;
}

type Condition = Required<
  Pick<QueryCommandInput, 'KeyConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>
>;

/** A query for the events of one source. */
export function ofSource(sourceId: SourceId, { from, to }: EventRange): Condition {
  return {
    KeyConditionExpression: '#source = :source AND #id BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#source': eventsTable.partitionKey, '#id': eventsTable.sortKey },
    ExpressionAttributeValues: { ':source': { S: sourceId }, ':from': { S: from }, ':to': { S: to } },
  };
}
